// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "discovery/query.hpp"

#include <algorithm>
#include <map>
#include <sstream>

#include "platform/process.hpp"

namespace discovery {
namespace {

// An interpreter answers within some 10 ms; network folders, a machine that boots, and shims that
// look for updates may take seconds.
constexpr std::chrono::seconds kTimeLimit(30);

// Prints its argument, then key=value for each fact, then the argument again. Each part ends with a
// NUL, because a path may contain any other character; the argument marks the answer, because a
// wrapper script may print lines before it. Python 2 must be able to run the code and report its
// version.
//
// * Before 3.14, sys.prefix is the virtual environment only after `site` has run. But `site` would
//   run .pth files; hence the check for pyvenv.cfg.
// * The memory map of the process contains the libpython that its loader chose. No variable is as
//   reliable, but some interpreters (Debian's, conda's) are not linked to their libpython.
// * The paths in build-details.json (PEP 739) are relative, so they hold after a move.
constexpr const char* kMark = "orthanc-python-answer";
constexpr const char* kCode = R"(
import os, sys, sysconfig
join, isfile, parent = os.path.join, os.path.isfile, os.path.dirname
get = sysconfig.get_config_var
prefix = sys.prefix
if sys.executable:
    folder = parent(os.path.abspath(sys.executable))
    if isfile(join(folder, 'pyvenv.cfg')) or isfile(join(parent(folder), 'pyvenv.cfg')):
        prefix = parent(folder)
facts = [
    ('implementation', sys.implementation.name),
    ('version', '%d.%d.%d' % sys.version_info[:3]),
    ('executable', sys.executable or ''),
    ('base_executable', getattr(sys, '_base_executable', None) or sys.executable or ''),
    ('prefix', prefix),
    ('base_prefix', sys.base_prefix),
    ('bits', '64' if sys.maxsize > 2**32 else '32'),
    ('free_threaded', '1' if get('Py_GIL_DISABLED') else ''),
    ('debug', '1' if hasattr(sys, 'gettotalrefcount') else ''),
    ('shared', '1' if get('Py_ENABLE_SHARED') or get('PYTHONFRAMEWORK') else ''),
    ('soname', get('INSTSONAME') or get('LDLIBRARY') or ''),
    ('multiarch', get('MULTIARCH') or ''),
    ('libdir', get('LIBDIR') or ''),
    ('libpl', get('LIBPL') or ''),
    ('framework_prefix', get('PYTHONFRAMEWORKPREFIX') or ''),
]
try:
    with open('/proc/self/maps', 'rb') as maps:
        fields = (line.rstrip(b'\n').split(None, 5) for line in maps)
        paths = [f[5] for f in fields if len(f) > 5]
    for path in paths:
        if os.path.basename(path).startswith(b'libpython') and os.path.isfile(path):
            facts.append(('library', os.fsdecode(path)))
            break
except OSError:
    pass
details = join(sysconfig.get_path('stdlib'), 'build-details.json')
if isfile(details):
    import json
    try:
        with open(details, encoding='utf-8') as file:
            data = json.load(file)
        base = join(parent(details), data.get('base_prefix', ''))
        dynamic = data.get('libpython', {}).get('dynamic')
        if dynamic:
            facts.append(('library', os.path.normpath(join(base, dynamic))))
    except (ValueError, AttributeError, TypeError):
        pass
mark = sys.argv[1]
text = '\0'.join([mark] + ['='.join(fact) for fact in facts] + [mark, ''])
sys.stdout.flush()
os.write(1, os.fsencode(text))
)";

using Values = std::multimap<std::string, std::string>;

// False if the answer is incomplete.
bool parse(const std::string& output, Values& values) {
  const std::string mark = std::string(kMark) + '\0';
  std::size_t position = output.find(mark);
  if (position == std::string::npos) {
    return false;
  }
  position += mark.size();
  for (std::size_t end; (end = output.find('\0', position)) != std::string::npos;
       position = end + 1) {
    const std::string record = output.substr(position, end - position);
    if (record == kMark) {
      return true;
    }
    const std::size_t equals = record.find('=');
    if (equals != std::string::npos) {
      values.emplace(record.substr(0, equals), record.substr(equals + 1));
    }
  }
  return false;
}

std::string value(const Values& values, const char* key) {
  const auto found = values.find(key);
  return found == values.end() ? std::string() : found->second;
}

int number(const std::string& text) {
  constexpr std::size_t kMostDigits = 4;
  int result = 0;
  for (std::size_t i = 0; i < std::min(text.size(), kMostDigits); ++i) {
    if (text[i] < '0' || text[i] > '9') {
      break;
    }
    result = result * 10 + (text[i] - '0');
  }
  return result;
}

InterpreterInfo infoOf(const Values& values, const std::string& executable) {
  InterpreterInfo info;
  info.implementation = value(values, "implementation");
  info.version = value(values, "version");
  info.executable = value(values, "executable");
  if (info.executable.empty()) {
    info.executable = executable;
  }
  info.baseExecutable = value(values, "base_executable");
  info.prefix = value(values, "prefix");
  info.basePrefix = value(values, "base_prefix");
  const std::size_t dot = info.version.find('.');
  if (number(info.version) == 3 && dot != std::string::npos) {
    info.abi.minor = number(info.version.substr(dot + 1));
  }
  info.abi.freeThreaded = !value(values, "free_threaded").empty();
  info.abi.debug = !value(values, "debug").empty();
  info.pointerBits = number(value(values, "bits"));
  info.shared = !value(values, "shared").empty();
  info.soname = value(values, "soname");
  if (info.soname.size() > 2 && info.soname.compare(info.soname.size() - 2, 2, ".a") == 0) {
    info.soname.clear();
  }
  info.multiarch = value(values, "multiarch");
  info.libraryDir = value(values, "libdir");
  info.configDir = value(values, "libpl");
  info.frameworkPrefix = value(values, "framework_prefix");
  for (auto [at, end] = values.equal_range("library"); at != end; ++at) {
    info.libraries.push_back(at->second);
  }
  return info;
}

// The most useful line: the last one that names an error, as at the end of a traceback, otherwise
// the first, because usage hints follow the complaint.
std::string mainLine(const std::string& text) {
  constexpr std::size_t kMostShown = 300;
  std::istringstream lines(text);
  std::string first, error;
  for (std::string line; std::getline(lines, line);) {
    if (first.find_first_not_of(" \t\r") == std::string::npos) {
      first = line;
    }
    if (line.find("rror:") != std::string::npos) {
      error = line;
    }
  }
  return (error.empty() ? first : error).substr(0, kMostShown);
}

}  // namespace

std::variant<InterpreterInfo, std::string> query(const std::string& executable) {
  // -I ignores the environment and the current folder; -S skips `site`, which would run .pth files.
  const platform::ProcessResult result =
      platform::run({executable, "-I", "-S", "-c", kCode, kMark}, kTimeLimit);
  const std::string complaint = mainLine(result.error);
  const std::string detail = complaint.empty() ? "" : ": " + complaint;
  if (result.timedOut) {
    return "did not answer within " + std::to_string(kTimeLimit.count()) + " s" + detail;
  }
  if (result.status == 127 && result.output.empty()) {
    return "cannot be run" + detail;
  }
  if (result.status > 128) {
    return "was killed by signal " + std::to_string(result.status - 128) + detail;
  }
  if (result.status != 0) {
    return "exited with code " + std::to_string(result.status) + detail;
  }
  Values values;
  const bool complete = parse(result.output, values) && values.count("implementation") != 0 &&
                        values.count("version") != 0 && values.count("base_prefix") != 0;
  if (!complete) {
    return "does not answer like a Python interpreter" + detail;
  }
  return infoOf(values, executable);
}

}  // namespace discovery

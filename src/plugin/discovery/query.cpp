// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "discovery/query.hpp"

#include <algorithm>
#include <map>
#include <sstream>

#include "platform/process.hpp"

namespace discovery {
namespace {

// Starting takes about 10 ms; the limit is for network folders and shims that look for updates.
constexpr std::chrono::seconds kTimeLimit(10);

// Prints its argument, then key=value for each fact, then the argument again, each ended by a NUL:
// a path may hold anything else, and a wrapper script may print lines of its own before. Must be
// understood by old versions too, so that they can be told apart.
//
// * Before 3.14 sys.prefix is that of the virtual environment only after `site` has run, and that
//   runs whatever .pth files hold; hence the look at pyvenv.cfg.
// * The memory map of the process names the libpython which its loader chose: more reliable than
//   any variable, where the interpreter is linked to one at all (Debian's and conda's are not).
// * build-details.json (PEP 739) knows where it lies when the tree was moved.
constexpr const char* kMark = "orthanc-python-facts";
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

// False when the answer is not complete.
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
    info.selfReported.push_back(at->second);
  }
  return info;
}

// The line that tells most: the last one that names an error, because tracebacks end with it and
// Python's fatal errors end with noise, otherwise the first, because advice follows the complaint.
std::string essence(const std::string& text) {
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
  // Isolated (-I): neither the environment nor the current folder has a say; no `site` (-S), which
  // would run the .pth files of whatever is installed.
  const platform::ProcessResult result =
      platform::run({executable, "-I", "-S", "-c", kCode, kMark}, kTimeLimit);
  const std::string said = essence(result.error);
  const std::string detail = said.empty() ? "" : ": " + said;
  if (result.timedOut) {
    return "did not answer within " + std::to_string(kTimeLimit.count()) + " s" + detail;
  }
  if (result.status == 127 && result.output.empty()) {
    return "cannot be run" + detail;
  }
  if (result.status > 128) {
    return "was ended by signal " + std::to_string(result.status - 128) + detail;
  }
  if (result.status != 0) {
    return "ended with code " + std::to_string(result.status) + detail;
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

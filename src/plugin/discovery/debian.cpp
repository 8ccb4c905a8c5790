// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "discovery/debian.hpp"

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))

#include <dlfcn.h>

#include "discovery/abi.hpp"
#include "discovery/machine.hpp"
#include "platform/files.hpp"

namespace discovery {
namespace {

#ifdef __x86_64__
constexpr const char* kMultiarch = "x86_64-linux-gnu";
#else
constexpr const char* kMultiarch = "aarch64-linux-gnu";
#endif

// The minor version of "/usr/bin/python3.11"; 0 for other names, such as those of debug builds.
int minorOf(const std::string& executable) {
  const std::string prefix = "/usr/bin/python3.";
  const std::string rest =
      executable.compare(0, prefix.size(), prefix) == 0 ? executable.substr(prefix.size()) : "";
  const bool plain = !rest.empty() && rest.size() <= 2 &&
                     rest.find_first_not_of("0123456789") == std::string::npos;
  return plain ? std::stoi(rest) : 0;
}

// "3.11.2", "" if this is no library of Python. It stays loaded, as it is about to be used.
std::string versionOf(const std::string& library) {
  void* handle = dlopen(library.c_str(), RTLD_LAZY | RTLD_LOCAL);
  void* symbol = handle == nullptr ? nullptr : dlsym(handle, "Py_GetVersion");
  if (symbol == nullptr) {
    return {};
  }
  const std::string version = reinterpret_cast<const char* (*)()>(symbol)();
  return version.substr(0, version.find(' '));
}

}  // namespace

std::optional<Facts> factsOfDebian(const std::string& executable) {
  const std::string file = platform::resolved(executable);
  Facts facts;
  facts.abi.minor = minorOf(file);
  if (facts.abi.minor == 0 || (executable != file && executable != "/usr/bin/python3")) {
    return std::nullopt;
  }
  const std::string python = "python" + name(facts.abi);
  facts.libraryDir = std::string("/usr/lib/") + kMultiarch;
  facts.soname = "lib" + python + ".so.1.0";
  const std::string library = platform::join(facts.libraryDir, facts.soname);
  // without its encodings, Python ends the process instead of failing to start
  if (!platform::isFile(library) ||
      !platform::isFile("/usr/lib/" + python + "/encodings/__init__.py") ||
      platform::isPresent("/usr/bin/pyvenv.cfg")) {
    return std::nullopt;
  }
  facts.version = versionOf(library);
  if (facts.version.rfind(name(facts.abi) + ".", 0) != 0) {
    return std::nullopt;
  }
  facts.implementation = "cpython";
  facts.executable = facts.baseExecutable = executable;
  facts.prefix = facts.basePrefix = "/usr";
  facts.pointerBits = kPointerBits;
  facts.shared = true;
  facts.multiarch = kMultiarch;
  return facts;
}

}  // namespace discovery

#else

namespace discovery {

std::optional<Facts> factsOfDebian(const std::string&) {
  return std::nullopt;
}

}  // namespace discovery

#endif

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "discovery/libpython.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <vector>

#include "discovery/abi.hpp"
#include "platform/files.hpp"
#ifdef __APPLE__
#include "discovery/libraries_macos.hpp"
#endif
#include "discovery/machine.hpp"

namespace discovery {
namespace {

#ifdef __APPLE__
constexpr const char* kSuffix = ".dylib";
#else
constexpr const char* kSuffix = ".so.1.0";
#endif

// An interpreter may be linked statically and still come with a library (conda); it then bears the
// usual name.
std::string fileName(const Facts& facts) {
  if (facts.soname.empty()) {
    return "libpython" + name(facts.abi) + kSuffix;
  }
  return facts.soname.substr(facts.soname.rfind('/') + 1);
}

std::vector<std::string> folders(const Facts& facts) {
  std::vector<std::string> result;
  const auto add = [&result](const std::string& folder) {
    if (!folder.empty() && std::find(result.begin(), result.end(), folder) == result.end()) {
      result.push_back(folder);
    }
  };
  const std::string lib = platform::join(facts.basePrefix, "lib");
  if (!facts.multiarch.empty()) {
    add(platform::join(lib, facts.multiarch));
  }
  add(lib);
  add(facts.libraryDir);
  add(facts.configDir);
  return result;
}

std::vector<std::string> candidates(const Facts& facts) {
#ifdef __APPLE__
  std::vector<std::string> result = macosLibraries(facts);
#else
  std::vector<std::string> result = facts.selfReported;
#endif
  for (const std::string& folder : folders(facts)) {
    result.push_back(platform::join(folder, fileName(facts)));
  }
  return result;
}

// What the system's loader finds under the bare name (its cache, LD_LIBRARY_PATH), if that is
// exactly the version of the interpreter: another build's library would look for another standard
// library.
Library fromLoader(const Facts& facts) {
  using GetVersion = const char* (*)();
  void* handle = dlopen(fileName(facts).c_str(), RTLD_LAZY | RTLD_LOCAL);
  if (handle == nullptr) {
    return {};
  }
  Library result;
  void* symbol = dlsym(handle, "Py_GetVersion");
  Dl_info info;
  if (symbol != nullptr && dladdr(symbol, &info) != 0 && info.dli_fname != nullptr) {
    std::string version = reinterpret_cast<GetVersion>(symbol)();
    version.resize(std::min(version.find(' '), version.size()));
    if (version == facts.version) {
      result.path = platform::absolute(info.dli_fname);
    } else {
      result.reason = "the loader has only " + std::string(info.dli_fname) + ", of " + version;
    }
  }
  dlclose(handle);
  return result;
}

std::string whyNone(const Facts& facts, const std::string& note) {
  if (!facts.shared) {
    return "is Python " + facts.version +
           " without a shared library (built without --enable-shared): nothing can load it";
  }
  const std::string lacks = "is Python " + facts.version + ", whose library " + fileName(facts);
  if (!note.empty()) {
    return lacks + " cannot be used: " + note;
  }
  const bool debian = facts.basePrefix == "/usr" && platform::isFile("/etc/debian_version");
  if (debian) {
    return lacks + " is not installed: the package libpython" + name(facts.abi) + " has it";
  }
  std::string looked;
  for (const std::string& folder : folders(facts)) {
    looked += (looked.empty() ? "" : ", ") + folder;
  }
  return lacks + " is missing (not in " + looked + ")";
}

}  // namespace

Library libraryOf(const Facts& facts) {
  std::string note;
  for (const std::string& path : candidates(facts)) {
    if (!platform::isFile(path)) {
      continue;
    }
    const std::string reason = whyNotLoadable(path);
    if (reason.empty()) {
      return {platform::absolute(path), {}};
    }
    if (note.empty()) {
      note.append(path).append(" ").append(reason);
    }
  }
  if (facts.shared) {
    Library library = fromLoader(facts);
    if (!library.path.empty()) {
      return library;
    }
    if (note.empty()) {
      note = library.reason;
    }
  }
  return {{}, whyNone(facts, note)};
}

}  // namespace discovery

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
std::string fileName(const InterpreterInfo& info) {
  if (info.soname.empty()) {
    return "libpython" + name(info.abi) + kSuffix;
  }
  return info.soname.substr(info.soname.rfind('/') + 1);
}

std::vector<std::string> folders(const InterpreterInfo& info) {
  std::vector<std::string> result;
  const auto add = [&result](const std::string& folder) {
    if (!folder.empty() && std::find(result.begin(), result.end(), folder) == result.end()) {
      result.push_back(folder);
    }
  };
  const std::string lib = platform::join(info.basePrefix, "lib");
  if (!info.multiarch.empty()) {
    add(platform::join(lib, info.multiarch));
  }
  add(lib);
  add(info.libraryDir);
  add(info.configDir);
  return result;
}

std::vector<std::string> candidates(const InterpreterInfo& info) {
#ifdef __APPLE__
  std::vector<std::string> result = macosLibraries(info);
#else
  std::vector<std::string> result = info.selfReported;
#endif
  for (const std::string& folder : folders(info)) {
    result.push_back(platform::join(folder, fileName(info)));
  }
  return result;
}

// What the system's loader finds under the bare name (its cache, LD_LIBRARY_PATH), if that is
// exactly the version of the interpreter: another build's library would look for another standard
// library.
Library fromLoader(const InterpreterInfo& info) {
  using GetVersion = const char* (*)();
  void* handle = dlopen(fileName(info).c_str(), RTLD_LAZY | RTLD_LOCAL);
  if (handle == nullptr) {
    return {};
  }
  Library result;
  void* symbol = dlsym(handle, "Py_GetVersion");
  Dl_info owner;
  if (symbol != nullptr && dladdr(symbol, &owner) != 0 && owner.dli_fname != nullptr) {
    std::string version = reinterpret_cast<GetVersion>(symbol)();
    version.resize(std::min(version.find(' '), version.size()));
    if (version == info.version) {
      result.path = platform::absolute(owner.dli_fname);
    } else {
      result.reason = "the loader has only " + std::string(owner.dli_fname) + ", of " + version;
    }
  }
  dlclose(handle);
  return result;
}

std::string whyNone(const InterpreterInfo& info, const std::string& note) {
  if (!info.shared) {
    return "is Python " + info.version +
           " without a shared library (built without --enable-shared): nothing can load it";
  }
  const std::string lacks = "is Python " + info.version + ", whose library " + fileName(info);
  if (!note.empty()) {
    return lacks + " cannot be used: " + note;
  }
  const bool debian = info.basePrefix == "/usr" && platform::isFile("/etc/debian_version");
  if (debian) {
    return lacks + " is not installed: the package libpython" + name(info.abi) + " has it";
  }
  std::string looked;
  for (const std::string& folder : folders(info)) {
    looked += (looked.empty() ? "" : ", ") + folder;
  }
  return lacks + " is missing (not in " + looked + ")";
}

}  // namespace

Library libraryOf(const InterpreterInfo& info) {
  std::string note;
  for (const std::string& path : candidates(info)) {
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
  if (info.shared) {
    Library library = fromLoader(info);
    if (!library.path.empty()) {
      return library;
    }
    if (note.empty()) {
      note = library.reason;
    }
  }
  return {{}, whyNone(info, note)};
}

}  // namespace discovery

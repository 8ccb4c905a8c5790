// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include <dlfcn.h>

#include <algorithm>

#include "discovery/libpython.hpp"
#include "platform/binary_format.hpp"
#include "platform/files.hpp"

namespace discovery {
namespace {

#ifdef __APPLE__
constexpr const char* kSuffix = ".dylib";
#else
constexpr const char* kSuffix = ".so.1.0";
#endif

// The soname, or the usual name: conda's interpreters are linked statically but come with a
// library, and the soname of a framework is "Python.framework/Versions/3.13/Python".
std::string fileName(const InterpreterInfo& info, const std::string& suffix) {
  const std::string file = info.soname.substr(info.soname.rfind('/') + 1);
  return file.rfind("libpython", 0) == 0 ? file : "libpython" + name(info.abi) + suffix;
}

std::vector<std::string> libraryFolders(const InterpreterInfo& info) {
  std::vector<std::string> folders;
  const auto add = [&folders](const std::string& folder) {
    if (!folder.empty() && std::find(folders.begin(), folders.end(), folder) == folders.end()) {
      folders.push_back(folder);
    }
  };
  const std::string lib = platform::join(info.basePrefix, "lib");
  if (!info.multiarch.empty()) {
    add(platform::join(lib, info.multiarch));
  }
  add(lib);
  add(info.libraryDir);
  add(info.configDir);
  return folders;
}

// The library that the loader finds by file name, in its cache or LD_LIBRARY_PATH. Only one of
// exactly the interpreter's version fits: a library uses the standard library of its own build.
Library findWithLoader(const InterpreterInfo& info) {
  using GetVersion = const char* (*)();
  void* handle = dlopen(fileName(info, kSuffix).c_str(), RTLD_LAZY | RTLD_LOCAL);
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
      result.reason =
          "the loader finds only " + std::string(owner.dli_fname) + ", which is version " + version;
    }
  }
  dlclose(handle);
  return result;
}

std::string whyNone(const InterpreterInfo& info, const std::string& note) {
  const std::string python = "is Python " + info.version;
  if (!info.shared) {
    return python +
           ", which was built without a shared library (--enable-shared): no program can load it";
  }
  const std::string library = python + ", whose library " + fileName(info, kSuffix);
  if (!note.empty()) {
    return library + " cannot be used: " + note;
  }
  const bool debian = info.basePrefix == "/usr" && platform::isFile("/etc/debian_version");
  if (debian) {
    return library + " is not installed: install the package libpython" + name(info.abi);
  }
  std::string searched;
  for (const std::string& folder : libraryFolders(info)) {
    searched += (searched.empty() ? "" : ", ") + folder;
  }
  return library + " is missing (not in " + searched + ")";
}

}  // namespace

std::vector<std::string> libraryPaths(const InterpreterInfo& info, const std::string& suffix) {
  std::vector<std::string> paths = info.libraries;
  // macOS: Python.framework/Versions/3.13/Python below /Library/Frameworks or Homebrew's folder
  if (!info.frameworkPrefix.empty() && !info.soname.empty()) {
    paths.push_back(platform::join(info.frameworkPrefix, info.soname));
  }
  // The same library from within the framework, which may have been moved
  const std::size_t framework = info.basePrefix.rfind(".framework/");
  if (framework != std::string::npos) {
    const std::size_t slash = info.basePrefix.rfind('/', framework);
    const std::string product = info.basePrefix.substr(slash + 1, framework - slash - 1);
    paths.push_back(platform::join(info.basePrefix, product));
  }
  for (const std::string& folder : libraryFolders(info)) {
    paths.push_back(platform::join(folder, fileName(info, suffix)));
  }
  return paths;
}

Library libraryOf(const InterpreterInfo& info) {
  std::string note;
  for (const std::string& path : libraryPaths(info, kSuffix)) {
    if (!platform::isFile(path)) {
      continue;
    }
    const std::string reason = platform::whyNotLoadable(path);
    if (reason.empty()) {
      return {platform::absolute(path), {}};
    }
    if (note.empty()) {
      note.append(path).append(" ").append(reason);
    }
  }
  if (info.shared) {
    Library library = findWithLoader(info);
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

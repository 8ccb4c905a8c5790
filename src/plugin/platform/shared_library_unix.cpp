// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "platform/shared_library.hpp"

#include <dlfcn.h>
#include <stdlib.h>

#include <cstdint>
#include <vector>

#ifdef __APPLE__
#include <mach-o/dyld.h>
#else
#include <link.h>
#endif

namespace platform {
namespace {

#ifdef __APPLE__
std::vector<std::string> loadedLibraries() {
  std::vector<std::string> paths;
  for (std::uint32_t index = 0; index < _dyld_image_count(); ++index) {
    const char* path = _dyld_get_image_name(index);  // nullptr if it was unloaded meanwhile
    paths.emplace_back(path != nullptr ? path : "");
  }
  return paths;
}
#else
std::vector<std::string> loadedLibraries() {
  std::vector<std::string> paths;
  const auto add = [](dl_phdr_info* info, std::size_t, void* result) {
    static_cast<std::vector<std::string>*>(result)->emplace_back(info->dlpi_name);
    return 0;
  };
  dl_iterate_phdr(add, &paths);
  return paths;
}
#endif

}  // namespace

void* openLibrary(const std::string& path, std::string& error) {
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL);
  if (library == nullptr) {
    const char* text = dlerror();
    error = text != nullptr ? text : "unknown error";
  }
  return library;
}

void* openLibraryOf(const void* function) {
  Dl_info info;
  if (dladdr(function, &info) == 0) {
    return nullptr;
  }
  return dlopen(info.dli_fname, RTLD_NOW | RTLD_GLOBAL);
}

void* symbol(void* library, const char* name) {
  return dlsym(library, name);
}

std::string findOtherLibrary(const std::function<bool(void*)>& matches) {
  Dl_info own;
  dladdr(reinterpret_cast<void*>(&findOtherLibrary), &own);
  void* self = dlopen(own.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
  std::string found;
  for (const std::string& path : loadedLibraries()) {
    void* library = path.empty() ? nullptr : dlopen(path.c_str(), RTLD_LAZY | RTLD_NOLOAD);
    if (library == nullptr) {
      continue;
    }
    if (found.empty() && library != self && matches(library)) {
      found = path;
    }
    dlclose(library);
  }
  if (self != nullptr) {
    dlclose(self);
  }
  return found;
}

std::string ownLibraryPath() {
  Dl_info info;
  if (dladdr(reinterpret_cast<void*>(&ownLibraryPath), &info) == 0 || info.dli_fname == nullptr) {
    return {};
  }
  char* absolute = realpath(info.dli_fname, nullptr);
  if (absolute == nullptr) {
    return info.dli_fname;
  }
  std::string result = absolute;
  free(absolute);
  return result;
}

const char* ownHeader() {
  Dl_info info;
  dladdr(reinterpret_cast<void*>(&ownHeader), &info);  // never fails for code of this library
  return static_cast<const char*>(info.dli_fbase);
}

void keepOwnLibraryLoaded() {
  Dl_info info;
  if (dladdr(reinterpret_cast<void*>(&keepOwnLibraryLoaded), &info) != 0) {
    dlopen(info.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
  }
}

}  // namespace platform

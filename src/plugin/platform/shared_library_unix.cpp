// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "platform/shared_library.hpp"

#include <dlfcn.h>
#include <stdlib.h>

namespace platform {

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

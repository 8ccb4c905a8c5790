// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include <dlfcn.h>

#include "shared_library.hpp"

namespace shared_library {

void* open(const std::string& path, std::string& error) {
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);  // as Orthanc does
  if (library == nullptr) {
    error = dlerror();
  }
  return library;
}

void* symbol(void* library, const char* name) {
  return dlsym(library, name);
}

void close(void* library) {
  dlclose(library);
}

void* loadedSymbol(const char* name) {
  return dlsym(RTLD_DEFAULT, name);
}

}  // namespace shared_library

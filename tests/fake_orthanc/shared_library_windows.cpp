// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include <windows.h>

#include <filesystem>

#include "shared_library.hpp"

namespace shared_library {

void* open(const std::string& path, std::string& error) {
  HMODULE library = LoadLibraryW(std::filesystem::u8path(path).c_str());  // as Orthanc does
  if (library == nullptr) {
    error = "error " + std::to_string(GetLastError());
  }
  return library;
}

void* symbol(void* library, const char* name) {
  return reinterpret_cast<void*>(GetProcAddress(static_cast<HMODULE>(library), name));
}

void close(void* library) {
  FreeLibrary(static_cast<HMODULE>(library));
}

void* loadedSymbol(const char*) {
  return nullptr;  // Windows has no global symbols: each library has its own
}

}  // namespace shared_library

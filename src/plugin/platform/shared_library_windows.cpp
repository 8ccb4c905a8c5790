// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include <windows.h>

#include "platform/shared_library.hpp"
#include "platform/utf16_windows.hpp"

namespace platform {
namespace {

HMODULE ownerOf(const void* address, DWORD flags) {
  HMODULE module = nullptr;
  GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | flags, static_cast<LPCWSTR>(address),
                     &module);
  return module;
}

const void* ownAddress() {
  return reinterpret_cast<const void*>(&ownLibraryPath);
}

HMODULE ownModule() {
  return ownerOf(ownAddress(), GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT);
}

}  // namespace

void* openLibrary(const std::string& path, std::string& error) {
  // The flag makes Windows search for dependencies in the folder of the library first, not in that
  // of the program.
  HMODULE library = LoadLibraryExW(wide(path).c_str(), nullptr, LOAD_WITH_ALTERED_SEARCH_PATH);
  if (library == nullptr) {
    error = describeError(GetLastError());
  }
  return library;
}

void* openLibraryOf(const void* function) {
  return ownerOf(function, 0);
}

void* symbol(void* library, const char* name) {
  return reinterpret_cast<void*>(GetProcAddress(static_cast<HMODULE>(library), name));
}

std::string ownLibraryPath() {
  HMODULE self = ownModule();
  std::wstring path(MAX_PATH, L'\0');
  for (;;) {
    const DWORD size = GetModuleFileNameW(self, &path[0], static_cast<DWORD>(path.size()));
    if (size < path.size()) {
      path.resize(size);
      return utf8(path);
    }
    path.resize(path.size() * 2);
  }
}

const char* ownHeader() {
  return reinterpret_cast<const char*>(ownModule());  // a module's handle is its address
}

void keepOwnLibraryLoaded() {
  ownerOf(ownAddress(), GET_MODULE_HANDLE_EX_FLAG_PIN);
}

}  // namespace platform

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include <windows.h>
// after windows.h
#define PSAPI_VERSION 2  // in kernel32.dll
#include <psapi.h>

#include <algorithm>
#include <vector>

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

std::string pathOf(HMODULE module) {
  std::wstring path(MAX_PATH, L'\0');
  for (;;) {
    const DWORD size = GetModuleFileNameW(module, &path[0], static_cast<DWORD>(path.size()));
    if (size < path.size()) {
      path.resize(size);
      return utf8(path);
    }
    path.resize(path.size() * 2);
  }
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

std::string findOtherLibrary(const std::function<bool(void*)>& matches) {
  std::vector<HMODULE> modules(1024);  // Orthanc has loaded about a hundred
  const DWORD size = static_cast<DWORD>(modules.size() * sizeof(HMODULE));
  DWORD needed = 0;
  if (EnumProcessModules(GetCurrentProcess(), modules.data(), size, &needed) == 0) {
    return {};
  }
  modules.resize(std::min(size, needed) / sizeof(HMODULE));
  const auto found = std::find_if(modules.begin(), modules.end(), [&](HMODULE module) {
    return module != ownModule() && matches(module);
  });
  return found == modules.end() ? std::string() : pathOf(*found);
}

std::string ownLibraryPath() {
  return pathOf(ownModule());
}

const char* ownHeader() {
  return reinterpret_cast<const char*>(ownModule());  // a module's handle is its address
}

void keepOwnLibraryLoaded() {
  ownerOf(ownAddress(), GET_MODULE_HANDLE_EX_FLAG_PIN);
}

}  // namespace platform

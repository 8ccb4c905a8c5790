// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "platform/registry_windows.hpp"

#include "platform/utf16_windows.hpp"

namespace platform {

RegistryKey::RegistryKey(HKEY parent, const std::wstring& name, REGSAM access) : access_(access) {
  if (RegOpenKeyExW(parent, name.c_str(), 0, KEY_READ | access, &key_) != ERROR_SUCCESS) {
    key_ = nullptr;
  }
}

RegistryKey::~RegistryKey() {
  if (key_ != nullptr) {
    RegCloseKey(key_);
  }
}

RegistryKey RegistryKey::open(const std::wstring& name) const {
  return RegistryKey(key_, name, access_);
}

std::vector<std::wstring> RegistryKey::names() const {
  constexpr DWORD kLongest = 256;  // of a key's name, with the zero
  std::vector<std::wstring> result;
  wchar_t name[kLongest];
  for (DWORD index = 0, size = kLongest;
       key_ != nullptr &&
       RegEnumKeyExW(key_, index, name, &size, nullptr, nullptr, nullptr, nullptr) == ERROR_SUCCESS;
       ++index, size = kLongest) {
    result.emplace_back(name, size);
  }
  return result;
}

std::string RegistryKey::text(const wchar_t* name) const {
  DWORD bytes = 0;
  if (key_ == nullptr ||
      RegGetValueW(key_, nullptr, name, RRF_RT_REG_SZ, nullptr, nullptr, &bytes) != ERROR_SUCCESS) {
    return {};
  }
  std::wstring value(bytes / sizeof(wchar_t) + 1, L'\0');
  bytes = static_cast<DWORD>(value.size() * sizeof(wchar_t));
  if (RegGetValueW(key_, nullptr, name, RRF_RT_REG_SZ, nullptr, &value[0], &bytes) !=
      ERROR_SUCCESS) {
    return {};
  }
  value.resize(value.find(L'\0'));
  return utf8(value);
}

}  // namespace platform

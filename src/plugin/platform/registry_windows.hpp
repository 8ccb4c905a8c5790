// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Read access to the registry of Windows.
#pragma once

#include <windows.h>

#include <string>
#include <vector>

namespace platform {

// A key that is closed with the object. A missing key has no subkeys and no values.
class RegistryKey {
 public:
  // `access`: 0 or the view, KEY_WOW64_64KEY or KEY_WOW64_32KEY
  RegistryKey(HKEY parent, const std::wstring& name, REGSAM access);
  ~RegistryKey();
  RegistryKey(const RegistryKey&) = delete;
  RegistryKey& operator=(const RegistryKey&) = delete;

  RegistryKey open(const std::wstring& name) const;
  std::vector<std::wstring> names() const;  // of the subkeys

  // The string value of this name, "" if there is none; nullptr names the default value.
  std::string text(const wchar_t* name) const;

 private:
  HKEY key_ = nullptr;
  REGSAM access_;
};

}  // namespace platform

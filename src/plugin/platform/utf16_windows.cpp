// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "platform/utf16_windows.hpp"

#include <windows.h>

namespace platform {

std::wstring wide(const std::string& utf8) {
  // UTF-16 never has more units than UTF-8 has bytes
  std::wstring result(utf8.size(), L'\0');
  const int size = static_cast<int>(utf8.size());
  result.resize(static_cast<std::size_t>(
      MultiByteToWideChar(CP_UTF8, 0, utf8.data(), size, &result[0], size)));
  return result;
}

std::string utf8(const std::wstring& wide) {
  constexpr std::size_t kMostBytesPerUnit = 3;
  std::string result(wide.size() * kMostBytesPerUnit, '\0');
  result.resize(static_cast<std::size_t>(
      WideCharToMultiByte(CP_UTF8, 0, wide.data(), static_cast<int>(wide.size()), &result[0],
                          static_cast<int>(result.size()), nullptr, nullptr)));
  return result;
}

std::string describeError(unsigned long code) {
  wchar_t text[512];
  const DWORD size =
      FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, nullptr, code,
                     MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US), text, 512, nullptr);
  std::string words = utf8({text, size});
  words.erase(words.find_last_not_of(" .\r\n") + 1);
  const std::string number = "error " + std::to_string(code);
  return words.empty() ? number : words + " (" + number + ")";
}

}  // namespace platform

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Uses functions of Windows because std::filesystem fails on the links by which the Microsoft Store
// provides its programs.
#include <windows.h>

#include <filesystem>

#include "platform/files.hpp"
#include "platform/utf16_windows.hpp"

namespace platform {
namespace {

DWORD attributesOf(const std::string& path) {
  return path.empty() ? INVALID_FILE_ATTRIBUTES : GetFileAttributesW(wide(path).c_str());
}

// Calls a function of Windows that fills a buffer and returns the length.
template <class Function>
std::wstring readText(Function&& function) {
  std::wstring text(MAX_PATH, L'\0');
  for (;;) {
    const DWORD size = function(&text[0], static_cast<DWORD>(text.size()));
    if (size < text.size()) {
      text.resize(size);
      return text;
    }
    text.resize(size + 1);
  }
}

}  // namespace

std::string join(const std::string& folder, const std::string& name) {
  return (std::filesystem::u8path(folder) / std::filesystem::u8path(name)).u8string();
}

bool isFile(const std::string& path) {
  const DWORD attributes = attributesOf(path);
  return attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY) == 0;
}

bool isFolder(const std::string& path) {
  const DWORD attributes = attributesOf(path);
  return attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
}

bool isPresent(const std::string& path) {
  return attributesOf(path) != INVALID_FILE_ATTRIBUTES;
}

std::string resolved(const std::string& path) {
  HANDLE file =
      CreateFileW(wide(path).c_str(), 0, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                  nullptr, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, nullptr);
  if (file == INVALID_HANDLE_VALUE) {
    return absolute(path);
  }
  std::string result = utf8(readText([file](wchar_t* text, DWORD size) {
    return GetFinalPathNameByHandleW(file, text, size, FILE_NAME_NORMALIZED);
  }));
  CloseHandle(file);
  const std::string local = "\\\\?\\", network = "\\\\?\\UNC\\";
  if (result.compare(0, network.size(), network) == 0) {
    return "\\\\" + result.substr(network.size());
  }
  if (result.compare(0, local.size(), local) == 0) {
    return result.substr(local.size());
  }
  return result.empty() ? absolute(path) : result;
}

std::string absolute(const std::string& path) {
  const std::wstring name = wide(path);
  const std::string result = utf8(readText([&name](wchar_t* text, DWORD size) {
    return GetFullPathNameW(name.c_str(), size, text, nullptr);
  }));
  return result.empty() ? path : result;
}

std::string whyNotExecutable(const std::string& path) {
  const DWORD attributes = attributesOf(path);
  if (attributes == INVALID_FILE_ATTRIBUTES) {
    const DWORD error = GetLastError();
    const bool missing = error == ERROR_FILE_NOT_FOUND || error == ERROR_PATH_NOT_FOUND;
    return missing ? "does not exist" : "cannot be reached: " + describeError(error);
  }
  if ((attributes & FILE_ATTRIBUTE_DIRECTORY) != 0) {
    return "is a folder, not a program";
  }
  return {};  // only an attempt to run it shows whether this user may
}

std::string environmentVariable(const char* name) {
  const std::wstring key = wide(name);
  return utf8(readText([&key](wchar_t* text, DWORD size) {
    return GetEnvironmentVariableW(key.c_str(), text, size);
  }));
}

}  // namespace platform

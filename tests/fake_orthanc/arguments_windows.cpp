// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "arguments.hpp"

#include <windows.h>

#include <shellapi.h>

#include <filesystem>

// argv is in the code page of the system, which cannot express every path
std::vector<std::string> arguments(int, char**) {
  std::vector<std::string> result;
  int count = 0;
  wchar_t** all = CommandLineToArgvW(GetCommandLineW(), &count);
  for (int i = 1; i < count; ++i) {
    result.push_back(std::filesystem::path(all[i]).u8string());
  }
  LocalFree(all);
  return result;
}

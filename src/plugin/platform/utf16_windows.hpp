// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Converts between the UTF-16 of Windows and the UTF-8 of all other code.
#pragma once

#include <string>

namespace platform {

std::wstring wide(const std::string& utf8);
std::string utf8(const std::wstring& wide);

// Windows' message for an error code of GetLastError or of the registry.
std::string describeError(unsigned long code);

}  // namespace platform

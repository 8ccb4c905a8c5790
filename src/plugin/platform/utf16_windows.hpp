// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Windows speaks UTF-16, everything else in this plugin UTF-8.
#pragma once

#include <string>

namespace platform {

std::wstring wide(const std::string& utf8);
std::string utf8(const std::wstring& wide);

// What the system says about an error code of GetLastError or of the registry.
std::string describeError(unsigned long code);

}  // namespace platform

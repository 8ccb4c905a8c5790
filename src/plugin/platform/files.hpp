// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The file system and the environment, without exceptions. All text is UTF-8.
#pragma once

#include <string>

namespace platform {

std::string join(const std::string& folder, const std::string& name);

bool isFile(const std::string& path);     // follows links
bool isFolder(const std::string& path);   // follows links
bool isPresent(const std::string& path);  // true for a broken link

// Absolute, with links resolved as far as the path exists: equal for two names of one file.
std::string resolved(const std::string& path);
std::string absolute(const std::string& path);

// Empty if this user may execute the file, otherwise the reason.
std::string whyNotExecutable(const std::string& path);

// "" if unset.
std::string environmentVariable(const char* name);

}  // namespace platform

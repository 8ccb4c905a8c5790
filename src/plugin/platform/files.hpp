// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Questions about the file system that never throw. Paths are UTF-8.
#pragma once

#include <string>

namespace platform {

std::string join(const std::string& folder, const std::string& name);

bool isFile(const std::string& path);     // follows links
bool isFolder(const std::string& path);   // follows links
bool isPresent(const std::string& path);  // a link that leads nowhere is present too

// Absolute, without links as far as the path exists: equal for two names of one file.
std::string resolved(const std::string& path);
std::string absolute(const std::string& path);

// Empty if this user may run the file, otherwise why not.
std::string whyNotExecutable(const std::string& path);

// "" when not set.
std::string environmentVariable(const char* name);

}  // namespace platform

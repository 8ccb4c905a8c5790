// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Orthanc refuses to start with two plugins of one name, and does not say which files they are.
#pragma once

#include <string>
#include <vector>

namespace host {

// The path of another loaded plugin that has this name, "" if there is none.
std::string loadedDuplicate(const char* name);

// The libraries of this plugin and of orthanc-python that Orthanc loads for the option Plugins,
// recognized by their file names.
std::vector<std::string> pythonPlugins(const std::vector<std::string>& entries);

}  // namespace host

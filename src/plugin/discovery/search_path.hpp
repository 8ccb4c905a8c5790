// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Interpreters in the folders of PATH, and in those where they usually are.
#pragma once

#include <string>
#include <vector>

#include "discovery/discovery.hpp"

namespace discovery {

std::vector<std::string> pathFolders();   // absolute entries only
std::vector<std::string> usualFolders();  // a service may have a PATH without them
std::vector<std::string> allFolders();    // both

// The files of this name, in the order of the folders.
std::vector<std::string> named(const std::vector<std::string>& folders, const std::string& name);

// The files named python3.X, of versions that are wanted: newest first, builds with a GIL before
// free-threaded ones.
std::vector<std::string> versioned(const std::vector<std::string>& folders, const Abi& wanted);

}  // namespace discovery

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Interpreters in places that the system itself, its installers or its habits tell.
#pragma once

#include <string>
#include <vector>

#include "discovery/discovery.hpp"

namespace discovery {

struct Candidate {
  std::string source, path;
};

// In the folder of the plugin or of Orthanc, where only an administrator puts one on purpose.
std::vector<Candidate> candidatesBeside(const std::string& pluginPath, const Abi& wanted);

// In the order in which they are to be tried.
std::vector<Candidate> knownLocations(const Abi& wanted);

}  // namespace discovery

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Interpreters in folders that bear the version in their names.
#pragma once

#include "discovery/candidates.hpp"

namespace discovery {

// The interpreters in folder\<prefix>N..., where 3.N may be wanted, the newest first. The prefix
// ends with "3.".
std::vector<Candidate> interpretersBelow(const std::string& folder, const std::string& prefix,
                                         const Abi& wanted, const std::string& source);

}  // namespace discovery

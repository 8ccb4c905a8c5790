// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The Pythons that installers have entered into the registry (PEP 514).
#pragma once

#include "discovery/candidates.hpp"

namespace discovery {

// Those that may be wanted: the user's own before those of all users, the newest first in each.
std::vector<Candidate> registeredPythons(const Abi& wanted);

}  // namespace discovery

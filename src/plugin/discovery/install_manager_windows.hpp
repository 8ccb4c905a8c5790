// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The Pythons of the Python install manager (PEP 773), which belong to one user.
#pragma once

#include "discovery/candidates.hpp"

namespace discovery {

std::vector<Candidate> managedPythons(const Abi& wanted);

}  // namespace discovery

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The Pythons of the Microsoft Store, which belong to one user and are not registered.
#pragma once

#include "discovery/candidates.hpp"

namespace discovery {

std::vector<Candidate> storePythons(const Abi& wanted);

}  // namespace discovery

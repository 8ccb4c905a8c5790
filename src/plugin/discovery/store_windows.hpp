// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The Pythons of the Microsoft Store, which belong to one user and are not registered.
#pragma once

#include "discovery/usual_places.hpp"

namespace discovery {

std::vector<Place> storePythons(const Wanted& wanted);

}  // namespace discovery

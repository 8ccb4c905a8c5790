// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What a user of this system does to get a Python that the plugin can load.
#pragma once

#include <string>

#include "discovery/discovery.hpp"

namespace discovery {

std::string installHint(const Abi& wanted);  // indented lines

}  // namespace discovery

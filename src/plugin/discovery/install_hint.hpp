// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// How to install a Python that the plugin can load, on this system.
#pragma once

#include <string>

#include "discovery/abi.hpp"

namespace discovery {

std::string installHint(const Abi& wanted);  // indented lines

}  // namespace discovery

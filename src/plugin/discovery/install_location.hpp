// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The Python that this shared library is installed in: pip puts it into a virtual environment or
// into some lib/python3.X/site-packages.
#pragma once

#include <optional>
#include <string>

#include "discovery/discovery.hpp"

namespace discovery {

struct InstallLocation {
  std::string prefix;      // of the environment
  std::optional<Abi> abi;  // what the folder's name says: lib/python3.13t
};

std::optional<InstallLocation> installLocation(const std::string& pluginPath);

}  // namespace discovery

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Where the libpython of an interpreter can be on macOS. Only makes paths, so that it can be tried
// on any system.
#pragma once

#include <string>
#include <vector>

#include "discovery/query.hpp"

namespace discovery {

// The most reliable first; none of them need exist.
std::vector<std::string> macosLibraries(const InterpreterInfo& info);

}  // namespace discovery

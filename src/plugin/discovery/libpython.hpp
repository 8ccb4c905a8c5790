// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Finds the libpython of an interpreter from the interpreter's answers.
#pragma once

#include <string>
#include <vector>

#include "discovery/query.hpp"

namespace discovery {

struct Library {
  std::string path;    // absolute, "" if there is none
  std::string reason;  // why there is none
};

Library libraryOf(const InterpreterInfo& info);

// Linux and macOS: the paths where libpython may be, the most reliable first. `suffix` is the end
// of its usual file name. Only builds paths, so that tests on any system can check the paths of
// macOS.
std::vector<std::string> libraryPaths(const InterpreterInfo& info, const std::string& suffix);

}  // namespace discovery

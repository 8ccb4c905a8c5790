// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "discovery/install_manager_windows.hpp"

#include "discovery/folders_windows.hpp"
#include "platform/files.hpp"

namespace discovery {

// %LOCALAPPDATA%\Python\pythoncore-3.14-64\python.exe
std::vector<Candidate> managedPythons(const Abi& wanted) {
  const std::string data = platform::environmentVariable("LOCALAPPDATA");
  if (data.empty()) {
    return {};
  }
  return interpretersBelow(platform::join(data, "Python"), "pythoncore-3.", wanted,
                           "the Python install manager");
}

}  // namespace discovery

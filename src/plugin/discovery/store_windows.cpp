// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "discovery/store_windows.hpp"

#include "discovery/folders_windows.hpp"
#include "platform/files.hpp"

namespace discovery {

// %LOCALAPPDATA%\Microsoft\WindowsApps\PythonSoftwareFoundation.Python.3.13_qbz...\python.exe
std::vector<Candidate> storePythons(const Abi& wanted) {
  const std::string data = platform::environmentVariable("LOCALAPPDATA");
  if (data.empty()) {
    return {};
  }
  return interpretersBelow(platform::join(data, "Microsoft\\WindowsApps"),
                           "PythonSoftwareFoundation.Python.3.", wanted, "the Microsoft Store");
}

}  // namespace discovery

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "interpreter/discovery/store_windows.hpp"

#include "interpreter/discovery/files.hpp"
#include "interpreter/discovery/folders_windows.hpp"

namespace interpreter::discovery {

// %LOCALAPPDATA%\Microsoft\WindowsApps\PythonSoftwareFoundation.Python.3.13_qbz...\python.exe
std::vector<Place> storePythons(const Wanted& wanted) {
  const std::string data = environmentVariable("LOCALAPPDATA");
  if (data.empty()) {
    return {};
  }
  return interpretersBelow(join(data, "Microsoft\\WindowsApps"),
                           "PythonSoftwareFoundation.Python.3.", wanted, "the Microsoft Store");
}

}  // namespace interpreter::discovery

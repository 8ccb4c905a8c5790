// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "interpreter/discovery/install_manager_windows.hpp"

#include "interpreter/discovery/files.hpp"
#include "interpreter/discovery/folders_windows.hpp"

namespace interpreter::discovery {

// %LOCALAPPDATA%\Python\pythoncore-3.14-64\python.exe
std::vector<Place> managedPythons(const Wanted& wanted) {
  const std::string data = environmentVariable("LOCALAPPDATA");
  if (data.empty()) {
    return {};
  }
  return interpretersBelow(join(data, "Python"), "pythoncore-3.", wanted,
                           "the Python install manager");
}

}  // namespace interpreter::discovery

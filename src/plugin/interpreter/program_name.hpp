// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Tells a Python before 3.14 which interpreter to use: Python derives the prefix, the virtual
// environment and sys.path from the program's name.
#pragma once

#include <string>

namespace interpreter {

// Keep this object until Python has started.
class ProgramName {
 public:
  ProgramName(const std::string& executable, int minor);
  ~ProgramName();
  ProgramName(const ProgramName&) = delete;
  ProgramName& operator=(const ProgramName&) = delete;
};

}  // namespace interpreter

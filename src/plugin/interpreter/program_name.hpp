// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// How a Python before 3.14 learns which interpreter it is to be: from the program's name it derives
// the prefix, the virtual environment and sys.path.
#pragma once

#include <string>

namespace interpreter {

// To be kept until Python has started.
class ProgramName {
 public:
  ProgramName(const std::string& executable, int minor);
  ~ProgramName();
  ProgramName(const ProgramName&) = delete;
  ProgramName& operator=(const ProgramName&) = delete;
};

}  // namespace interpreter

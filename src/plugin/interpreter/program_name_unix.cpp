// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "interpreter/program_name.hpp"

#include "interpreter/api.hpp"

namespace interpreter {

ProgramName::ProgramName(const std::string& executable, int) {
  py::SetProgramName(py::DecodeLocale(executable.c_str(), nullptr));  // Python keeps the string
}

ProgramName::~ProgramName() = default;

}  // namespace interpreter

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Runs a program and collects what it says. No shell, a time limit, nothing left behind.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace platform {

struct ProcessResult {
  int status = -1;  // exit code, 128 + the signal that ended it, 127 if it could not be started
  bool timedOut = false;  // the limit passed: the program and its children were killed
  std::string output;     // standard output, bytes as they came, at most 1 MB
  std::string error;      // standard error likewise, or why the program could not be started
};

// arguments[0] is the path of the program (PATH is not searched). The program reads an empty
// standard input, and starts with default signal dispositions and no blocked signal.
ProcessResult run(const std::vector<std::string>& arguments, std::chrono::milliseconds limit);

}  // namespace platform

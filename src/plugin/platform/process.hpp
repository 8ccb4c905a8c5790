// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Runs a program with a time limit and collects its output. Uses no shell, leaves no child behind.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace platform {

struct ProcessResult {
  int status = -1;        // exit code, 128 + the signal that killed it, 127 if it did not start
  bool timedOut = false;  // the program and its children were killed at the limit
  std::string output;     // standard output, the first MB, not decoded
  std::string error;      // standard error likewise, or the reason why it did not start
};

// arguments[0] is the path of the program (PATH is not searched). The program reads an empty
// standard input, and starts with default signal dispositions and no blocked signal.
ProcessResult run(const std::vector<std::string>& arguments, std::chrono::milliseconds limit);

}  // namespace platform

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// process_main LIMIT_MS PROGRAM ARGUMENT...
// Runs the program the way the plugin does, from a host that blocks and ignores signals and has
// closed its standard input, and prints the result as JSON.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <iostream>

#include "platform/process.hpp"
#include "support/json.hpp"

int main(int argc, char** argv) {
  if (argc < 2) {
    return 2;
  }
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  sigaddset(&blocked, SIGUSR1);
  sigprocmask(SIG_BLOCK, &blocked, nullptr);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGINT, SIG_IGN);
  close(STDIN_FILENO);

  const std::vector<std::string> arguments(argv + 2, argv + argc);
  const platform::ProcessResult result =
      platform::run(arguments, std::chrono::milliseconds(std::stoi(argv[1])));
  const bool allReaped = waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD;

  std::cout << json::Object()
                   .add("status", result.status)
                   .add("timed_out", result.timedOut)
                   .add("output", result.output)
                   .add("error", result.error)
                   .add("all_reaped", allReaped)
                   .text()
            << "\n";
  return 0;
}

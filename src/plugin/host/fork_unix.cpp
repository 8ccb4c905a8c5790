// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include <pthread.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "host/context.hpp"

namespace host {

namespace {

constexpr unsigned int secondsToEnd = 10;

// Destroyed at the end of the thread that forked, before all that the thread made earlier. Without
// it, the process would go through Orthanc's functions for the end of a process.
struct EndOfThread {
  bool armed = false;
  ~EndOfThread() {
    if (armed) {
      _exit(EXIT_SUCCESS);
    }
  }
};
thread_local EndOfThread endOfThread;

void enterChild() {
  enterForkedChild();
  endOfThread.armed = true;
}

}  // namespace

void leaveOrthancInForkedChildren() {
  static const int result = pthread_atfork(nullptr, nullptr, enterChild);
  static_cast<void>(result);
}

void exitForkedChild() {
  _exit(EXIT_FAILURE);
}

void limitForkedChild() {
  std::signal(SIGALRM, SIG_DFL);
  alarm(secondsToEnd);
}

}  // namespace host

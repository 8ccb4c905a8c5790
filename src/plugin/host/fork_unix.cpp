// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "host/fork.hpp"

#include <pthread.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "host/context.hpp"

namespace host {

namespace {

constexpr unsigned int kSecondsToEnd = 10;

// Destroyed when the thread that forked ends, before all earlier thread-local objects. Without it,
// the process would run Orthanc's exit functions.
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
  alarm(kSecondsToEnd);
}

}  // namespace host

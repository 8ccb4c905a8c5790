// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "interpreter/exit_threads.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <system_error>
#include <thread>

#include "interpreter/api.hpp"

namespace interpreter {

namespace {

// A thread that never releases the GIL must not keep the process from ending.
constexpr std::chrono::seconds kLongestWait{1};

struct Holder {
  std::mutex mutex;
  std::condition_variable changed;
  bool holds = false;
};

void holdGilUntilExit() {
  auto* holder = new Holder;  // outlives the static objects, as the thread does
  try {
    std::thread([holder] {
      py::GILState_Ensure();
      std::unique_lock<std::mutex> lock(holder->mutex);
      holder->holds = true;
      holder->changed.notify_all();
      holder->changed.wait(lock, [holder] { return !holder->holds; });  // never
    }).detach();
  } catch (const std::system_error&) {
    return;
  }
  std::unique_lock<std::mutex> lock(holder->mutex);
  holder->changed.wait_for(lock, kLongestWait, [holder] { return holder->holds; });
}

}  // namespace

void stopThreadsAtExit() {
  // The exit function that is registered last runs first.
  std::atexit([] {
    static bool done = false;
    if (!done) {
      done = true;
      holdGilUntilExit();
    }
  });
}

}  // namespace interpreter

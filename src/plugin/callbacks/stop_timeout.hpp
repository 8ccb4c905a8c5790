// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The option Python.StopTimeout: a thread that enforces the time limit of a stop. shutdown.hpp has
// the steps of a stop.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>

#include "callbacks/observed_calls.hpp"
#include "host/deadline.hpp"

namespace orthanc::shutdown {

class StopTimeout {
 public:
  explicit StopTimeout(host::Seconds stopTimeout);

  void start(const std::shared_ptr<StopTimeout>& self);

  // Begins the stop, unless it has already begun.
  host::Deadline beginStop();

  // Call when the plugin has forgotten the script: nothing can delay the stop of Orthanc anymore.
  void end();

 private:
  void run();
  bool sleepUntil(host::Clock::time_point moment);
  void report();
  void interruptOverdue();
  void terminateIfStuck();
  [[noreturn]] void terminateProcess(const std::string& culprits);

  const host::Seconds timeout_;
  const host::Seconds allowance_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<host::Deadline> deadline_;
  bool ended_ = false;
  ObservedCalls calls_;  // used only by the thread
};

}  // namespace orthanc::shutdown

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The calls in progress as the watchdog and the stop timeout observe them: since when, and with
// which Python stacks.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/deadline.hpp"
#include "interpreter/active_calls.hpp"

namespace orthanc {

struct ObservedCall {
  interpreter::ActiveCall call;
  host::Clock::time_point since;  // when it was first seen
  bool reported = false;
  std::optional<host::Clock::time_point> interrupted;

  std::string name() const;  // "the REST callback"
};

class ObservedCalls {
 public:
  // Forgets the calls that have returned, and adds those that are new.
  void refresh();

  std::vector<ObservedCall>::iterator begin() { return calls_.begin(); }
  std::vector<ObservedCall>::iterator end() { return calls_.end(); }

 private:
  std::vector<ObservedCall> calls_;
};

struct StackRequest {
  interpreter::ActiveCall call;
  std::string headline;
  bool interrupt = false;  // also raise SystemExit in it
};

// Logs each headline with the Python stack of the call; on request, the stacks of the script's own
// threads follow. Waiting for the GIL may take forever, so a detached thread does it. The result is
// true once that thread has acquired the GIL.
std::shared_ptr<const std::atomic<bool>> logStacks(std::vector<StackRequest> requests,
                                                   bool threadsAsWell = false);

}  // namespace orthanc

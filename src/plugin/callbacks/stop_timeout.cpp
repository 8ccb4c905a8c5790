// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "callbacks/stop_timeout.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <thread>
#include <utility>

#include "callbacks/changes.hpp"
#include "host/context.hpp"

namespace orthanc::shutdown {

namespace {

using host::Clock;
using host::Deadline;
using host::Seconds;
using host::ticks;

constexpr Seconds kLongestTimeout{1e8};  // more would overflow the clock
constexpr Seconds kReportAfter{5};
constexpr Seconds kGrace{5};      // from the end of the time to the end of the process
constexpr Seconds kUnwinding{1};  // from the interruption of a call to its return

std::string inSeconds(Seconds duration) {
  char text[32];
  std::snprintf(text, sizeof(text), "%g s", std::round(10 * duration.count()) / 10);
  return text;
}

// Skips an action for which memory is missing: this thread must continue.
template <class Body>
void withMemory(Body&& body) {
  try {
    body();
  } catch (const std::bad_alloc&) {
    host::logError("Not enough memory to supervise the stop of Orthanc");
  }
}

void append(std::string& list, const std::string& item) {
  list += (list.empty() ? "" : ", ") + item;
}

}  // namespace

// A call that begins late still has up to two seconds.
StopTimeout::StopTimeout(Seconds stopTimeout)
    : timeout_(std::min(stopTimeout, kLongestTimeout)),
      allowance_(std::clamp(timeout_, Seconds{0.5}, Seconds{2})) {}

void StopTimeout::start(const std::shared_ptr<StopTimeout>& self) {
  std::thread([self] { self->run(); }).detach();
}

Deadline StopTimeout::beginStop() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!deadline_) {
    deadline_.emplace(timeout_);
    host::logWarning("The Python script has " + inSeconds(timeout_) +
                     " to stop (Python.StopTimeout)");
    changed_.notify_all();
  }
  return *deadline_;
}

void StopTimeout::end() {
  const std::lock_guard<std::mutex> lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

void StopTimeout::run() {
  {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return deadline_ || ended_; });
  }
  const Deadline deadline = beginStop();
  withMemory([this] { calls_.refresh(); });
  if (!sleepUntil(std::min(deadline.begin() + ticks(kReportAfter), deadline.at(0.5)))) {
    return;
  }
  withMemory([this] { report(); });
  if (!sleepUntil(deadline.end())) {
    return;
  }
  do {
    withMemory([&] {
      calls_.refresh();
      interruptOverdue();
      if (Clock::now() >= deadline.end() + ticks(kGrace)) {
        terminateIfStuck();
      }
    });
  } while (sleepUntil(Clock::now() + ticks(Seconds{0.1})));
}

// False if the stop has ended
bool StopTimeout::sleepUntil(Clock::time_point moment) {
  std::unique_lock<std::mutex> lock(mutex_);
  return !changed_.wait_until(lock, moment, [this] { return ended_; });
}

void StopTimeout::report() {
  calls_.refresh();
  std::string names;
  std::vector<StackRequest> requests;
  for (const ObservedCall& call : calls_) {
    append(names, call.name());
    requests.push_back({call.call, "Still running while Orthanc stops: " + call.name() + "\n"});
  }
  const Seconds passed = deadline_ ? Seconds(Clock::now() - deadline_->begin()) : Seconds::zero();
  host::logWarning("Orthanc has been stopping for " + inSeconds(passed) +
                   ". Callbacks that still run: " + (names.empty() ? "none" : names) +
                   ". Change events that wait: " + std::to_string(queuedChanges()));
  const auto attached = logStacks(std::move(requests), true);
  if (sleepUntil(Clock::now() + ticks(kUnwinding)) && !*attached) {
    host::logWarning("A thread holds the GIL and does not release it: there are no Python stacks");
  }
}

void StopTimeout::interruptOverdue() {
  std::vector<StackRequest> requests;
  for (ObservedCall& call : calls_) {
    const Clock::time_point now = Clock::now();
    if (call.interrupted || now - call.since < allowance_) {
      continue;
    }
    call.interrupted = now;
    const bool awaited = call.call.awaited;
    requests.push_back({call.call,
                        "Orthanc is stopping, but " + call.name() + " does not return" +
                            (awaited ? "; SystemExit is raised in it:\n" : ":\n"),
                        awaited});
  }
  logStacks(std::move(requests));
}

// Orthanc would wait forever: nothing else can end a thread that waits inside C code.
void StopTimeout::terminateIfStuck() {
  std::string culprits;
  for (const ObservedCall& call : calls_) {
    if (call.call.awaited && call.interrupted && Clock::now() - *call.interrupted >= kUnwinding) {
      append(culprits, call.name());
    }
  }
  if (const int inside = host::callsBehindGate(); inside != 0) {
    append(culprits, std::to_string(inside) + " calls of Orthanc by threads of the script");
  }
  if (!culprits.empty()) {
    terminateProcess(culprits);
  }
}

void StopTimeout::terminateProcess(const std::string& culprits) {
  host::logError("Orthanc did not stop within " + inSeconds(timeout_ + kGrace) +
                 ": ending the process. Still running: " + culprits);
  // No fflush(nullptr): it waits for a thread that reads or writes a stream.
  std::_Exit(EXIT_FAILURE);
}

}  // namespace orthanc::shutdown

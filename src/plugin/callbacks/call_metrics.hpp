// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Counts and times the calls of Orthanc's threads into Python, by kind of callback.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace orthanc::metrics {

using Clock = std::chrono::steady_clock;

// A sum of durations and the longest one, in nanoseconds.
class Durations {
 public:
  void add(Clock::duration duration);
  double sum() const;    // in seconds
  double takeLongest();  // in seconds, since the last call of this function

 private:
  std::atomic<std::uint64_t> sum_{0};
  std::atomic<std::uint64_t> longest_{0};
};

// On a cache line of its own: threads of other kinds write at the same time.
struct alignas(64) Kind {
  std::atomic<const char*> headline{nullptr};
  std::atomic<std::uint64_t> calls{0};
  std::atomic<std::uint64_t> errors{0};
  Durations inPython;
};

// Whether calls are counted (Python.Metrics).
void enable(bool enabled);
bool isEnabled();

// The kinds that have been called.
std::vector<Kind*> kinds();
Durations& gilWaits();

// "rest" for "Error in the Python REST callback"
std::string labelOf(const std::string& headline);

// Measures one call. `headline` must be a constant: its address identifies the kind.
class CallTimer {
 public:
  explicit CallTimer(const char* headline);
  ~CallTimer();
  CallTimer(const CallTimer&) = delete;
  CallTimer& operator=(const CallTimer&) = delete;

  void enterPython();  // the thread has acquired the GIL
  void fail() { failed_ = true; }

 private:
  Kind* kind_;  // nullptr: not measured
  Clock::time_point begin_;
  bool entered_ = false;
  bool failed_ = false;
};

}  // namespace orthanc::metrics

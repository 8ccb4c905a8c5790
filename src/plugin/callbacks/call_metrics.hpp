// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Counts and times the calls of Orthanc's threads into Python, by kind of callback.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace orthanc::metrics {

using Clock = std::chrono::steady_clock;

// A sum of durations and the longest one, in nanoseconds.
class Durations {
 public:
  void add(Clock::duration duration);
  double sum() const;      // in seconds
  double takeLongest();    // in seconds, since the last call of this function
  double longest() const;  // in seconds, since the start of the process
  void clear();

 private:
  std::atomic<std::uint64_t> sum_{0};
  std::atomic<std::uint64_t> longest_{0};
  std::atomic<std::uint64_t> taken_{0};  // the longest that takeLongest() has returned
};

// On a cache line of its own: threads of other kinds write at the same time.
struct alignas(64) Counts {
  std::atomic<std::uint64_t> calls{0};
  std::atomic<std::uint64_t> errors{0};
  Durations inPython;

  void clear();
};

struct Kind : Counts {
  std::atomic<const char*> headline{nullptr};
};

struct Totals {
  std::uint64_t calls = 0;
  std::uint64_t errors = 0;
  double sum = 0;
  double longest = 0;
};

// Several headlines may have the same label, such as those of two versions of a callback.
// `longest` is takeLongest() or longest() of its argument.
std::map<std::string, Totals> totalsByLabel(double (*longest)(Durations&));

// Whether calls are counted (Python.Metrics).
void enable(bool enabled);

Durations& gilWaits();

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

// Measures one call of a route, for the status page. Does nothing if `counts` is nullptr.
class RouteTimer {
 public:
  explicit RouteTimer(Counts* counts);
  ~RouteTimer();
  RouteTimer(const RouteTimer&) = delete;
  RouteTimer& operator=(const RouteTimer&) = delete;

  void succeed() { succeeded_ = true; }

 private:
  Counts* counts_;
  Clock::time_point begin_;
  bool succeeded_ = false;
};

}  // namespace orthanc::metrics

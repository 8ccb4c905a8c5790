// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#pragma once

#include <algorithm>
#include <chrono>

namespace host {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

inline Clock::duration ticks(Seconds seconds) {
  return std::chrono::duration_cast<Clock::duration>(seconds);
}

// The time limit for all steps of a stop together. Each step receives this object, or a time point
// that this object has computed.
class Deadline {
 public:
  explicit Deadline(Seconds timeout) : begin_(Clock::now()), timeout_(timeout) {}

  Seconds timeout() const { return timeout_; }
  Clock::time_point begin() const { return begin_; }
  Clock::time_point end() const { return at(1); }

  // The time point when this share of the time (0 to 1) has passed
  Clock::time_point at(double share) const { return begin_ + ticks(share * timeout_); }

  // The remaining time, at least `minimum`
  Seconds left(Seconds minimum) const { return std::max<Seconds>(end() - Clock::now(), minimum); }

 private:
  Clock::time_point begin_;
  Seconds timeout_;
};

}  // namespace host

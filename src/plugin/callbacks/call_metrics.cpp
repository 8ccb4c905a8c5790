// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "callbacks/call_metrics.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>

namespace orthanc::metrics {

namespace {

constexpr std::size_t kKinds = 256;  // a power of two, more than there are headlines

std::array<Kind, kKinds> table;
Durations waits;
std::atomic<bool> enabled{false};

// A hash table without a lock: a place once taken keeps its headline.
Kind* find(const char* headline) {
  const auto address = reinterpret_cast<std::uintptr_t>(headline);
  std::size_t place = static_cast<std::size_t>((address >> 4) ^ (address >> 11));
  for (std::size_t tries = 0; tries < kKinds; ++tries, ++place) {
    Kind& kind = table[place % kKinds];
    const char* found = kind.headline.load(std::memory_order_relaxed);
    if (found == headline) {
      return &kind;
    }
    if (found == nullptr &&
        (kind.headline.compare_exchange_strong(found, headline) || found == headline)) {
      return &kind;
    }
  }
  return nullptr;
}

double seconds(std::uint64_t nanoseconds) {
  return 1e-9 * static_cast<double>(nanoseconds);
}

// Sets `value` to the larger one of the two.
void raiseTo(std::atomic<std::uint64_t>& value, std::uint64_t other) {
  std::uint64_t current = value.load(std::memory_order_relaxed);
  while (other > current &&
         !value.compare_exchange_weak(current, other, std::memory_order_relaxed)) {
  }
}

// "rest" for "Error in the Python REST callback"
std::string labelOf(const std::string& headline) {
  std::string text = headline.substr(0, headline.find(" ("));
  for (const std::string prefix : {"Error ", "in ", "the ", "a ", "Python "}) {
    if (text.rfind(prefix, 0) == 0) {
      text.erase(0, prefix.size());
    }
  }
  if (const std::size_t end = text.rfind(" callback"); end != std::string::npos) {
    text.erase(end, std::string(" callback").size());
  }
  std::string label;
  bool wasLower = false;
  for (const char c : text) {
    const auto character = static_cast<unsigned char>(c);
    if (std::isupper(character) != 0 && wasLower) {
      label += '_';
    }
    wasLower = std::islower(character) != 0;
    label += std::isalnum(character) != 0 ? static_cast<char>(std::tolower(character)) : '_';
  }
  return label;
}

// The kinds that have been called.
std::vector<Kind*> kinds() {
  std::vector<Kind*> result;
  for (Kind& kind : table) {
    if (kind.calls.load(std::memory_order_relaxed) != 0) {
      result.push_back(&kind);
    }
  }
  return result;
}

}  // namespace

void Durations::add(Clock::duration duration) {
  const auto time = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(duration).count());
  sum_.fetch_add(time, std::memory_order_relaxed);
  raiseTo(longest_, time);
}

double Durations::sum() const {
  return seconds(sum_.load(std::memory_order_relaxed));
}

double Durations::takeLongest() {
  const std::uint64_t longest = longest_.exchange(0, std::memory_order_relaxed);
  raiseTo(taken_, longest);
  return seconds(longest);
}

double Durations::longest() const {
  return seconds(
      std::max(longest_.load(std::memory_order_relaxed), taken_.load(std::memory_order_relaxed)));
}

void Durations::clear() {
  sum_ = 0;
  longest_ = 0;
  taken_ = 0;
}

void Counts::clear() {
  calls = 0;
  errors = 0;
  inPython.clear();
}

void enable(bool on) {
  enabled = on;
}

std::map<std::string, Totals> totalsByLabel(double (*longest)(Durations&)) {
  std::map<std::string, Totals> result;
  for (Kind* kind : kinds()) {
    const std::string headline = kind->headline.load();
    if (headline.rfind("Error in ", 0) != 0) {
      continue;  // not a callback: the start or the stop of the script, or the status page
    }
    Totals& totals = result[labelOf(headline)];
    totals.calls += kind->calls.load(std::memory_order_relaxed);
    totals.errors += kind->errors.load(std::memory_order_relaxed);
    totals.sum += kind->inPython.sum();
    totals.longest = std::max(totals.longest, longest(kind->inPython));
  }
  return result;
}

Durations& gilWaits() {
  return waits;
}

CallTimer::CallTimer(const char* headline)
    : kind_(enabled.load(std::memory_order_relaxed) ? find(headline) : nullptr) {
  if (kind_ != nullptr) {
    begin_ = Clock::now();
  }
}

void CallTimer::enterPython() {
  if (kind_ != nullptr) {
    const Clock::time_point now = Clock::now();
    waits.add(now - begin_);
    begin_ = now;
    entered_ = true;
  }
}

CallTimer::~CallTimer() {
  if (kind_ == nullptr) {
    return;
  }
  if (entered_) {
    kind_->inPython.add(Clock::now() - begin_);
  }
  kind_->calls.fetch_add(1, std::memory_order_relaxed);
  if (failed_ || !entered_) {
    kind_->errors.fetch_add(1, std::memory_order_relaxed);
  }
}

RouteTimer::RouteTimer(Counts* counts) : counts_(counts) {
  if (counts_ != nullptr) {
    begin_ = Clock::now();
  }
}

RouteTimer::~RouteTimer() {
  if (counts_ == nullptr) {
    return;
  }
  counts_->inPython.add(Clock::now() - begin_);
  counts_->calls.fetch_add(1, std::memory_order_relaxed);
  if (!succeeded_) {
    counts_->errors.fetch_add(1, std::memory_order_relaxed);
  }
}

}  // namespace orthanc::metrics

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "callbacks/watchdog.hpp"

#include <condition_variable>
#include <cstdio>
#include <memory>
#include <mutex>
#include <thread>

#include "callbacks/observed_calls.hpp"

namespace orthanc::watchdog {

namespace {

using host::Clock;
using host::Seconds;

std::string inSeconds(Clock::duration duration) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.1f s", Seconds(duration).count());
  return text;
}

class Watchdog {
 public:
  explicit Watchdog(Seconds limit) : limit_(limit) {}

  void run() {
    const Seconds period = std::max(limit_ / 4, Seconds{0.01});
    std::unique_lock<std::mutex> lock(mutex_);
    while (!changed_.wait_for(lock, period, [this] { return ended_; })) {
      calls_.refresh();
      reportSlow();
    }
  }

  void end() {
    const std::lock_guard<std::mutex> lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }

 private:
  void reportSlow() {
    std::vector<StackRequest> requests;
    for (ObservedCall& call : calls_) {
      const Clock::duration duration = Clock::now() - call.since;
      if (!call.reported && duration >= limit_) {
        call.reported = true;
        requests.push_back({call.call, "Watchdog: " + call.name() + " has been busy for " +
                                           inSeconds(duration) + ":\n"});
      }
    }
    logStacks(std::move(requests));
  }

  const Seconds limit_;
  std::mutex mutex_;
  std::condition_variable changed_;
  ObservedCalls calls_;
  bool ended_ = false;
};

std::mutex currentMutex;
std::shared_ptr<Watchdog> current;

}  // namespace

void start(double limit) {
  if (limit <= 0) {
    return;
  }
  auto watchdog = std::make_shared<Watchdog>(Seconds{limit});
  std::thread([watchdog] { watchdog->run(); }).detach();
  const std::lock_guard<std::mutex> lock(currentMutex);
  current = std::move(watchdog);
}

void end() {
  std::shared_ptr<Watchdog> watchdog;
  {
    const std::lock_guard<std::mutex> lock(currentMutex);
    watchdog.swap(current);
  }
  if (watchdog) {
    watchdog->end();
  }
}

}  // namespace orthanc::watchdog

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "callbacks/job_delays.hpp"

#include <condition_variable>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "callbacks/job_steps.hpp"

namespace orthanc {

namespace {

using Clock = std::chrono::steady_clock;

class Schedule {
 public:
  bool add(Clock::time_point time, const std::shared_ptr<JobSteps>& job, unsigned int pause) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto added = entries_.emplace(time, Entry{job, pause});
    if (!running_) {
      try {
        std::thread([this] { run(); }).detach();
      } catch (const std::system_error&) {
        entries_.erase(added);
        return false;
      }
      running_ = true;
    }
    changed_.notify_all();
    return true;
  }

 private:
  struct Entry {
    std::weak_ptr<JobSteps> job;
    unsigned int pause;
  };

  void run() {
    std::unique_lock<std::mutex> lock(mutex_);
    while (!entries_.empty()) {
      const auto first = entries_.begin();
      if (Clock::now() < first->first) {
        const Clock::time_point time = first->first;
        changed_.wait_until(lock, time);
        continue;
      }
      const Entry entry = std::move(first->second);
      entries_.erase(first);
      lock.unlock();
      if (const std::shared_ptr<JobSteps> job = entry.job.lock()) {
        job->resumeAfter(entry.pause);
      }
      lock.lock();
    }
    running_ = false;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::multimap<Clock::time_point, Entry> entries_;
  bool running_ = false;
};

// Never destroyed: the thread may outlive static destructors.
Schedule& schedule() {
  static auto* instance = new Schedule;
  return *instance;
}

}  // namespace

bool resumeAt(Clock::time_point time, const std::shared_ptr<JobSteps>& job, unsigned int pause) {
  return schedule().add(time, job, pause);
}

}  // namespace orthanc

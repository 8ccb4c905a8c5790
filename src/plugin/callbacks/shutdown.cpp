// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "callbacks/shutdown.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "callbacks/callback.hpp"
#include "host/signals.hpp"
#include "interpreter/activity.hpp"
#include "module/layer.hpp"

namespace orthanc::shutdown {

namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;
using interpreter::Activity;

// "Error in the REST callback" -> "the REST callback"
std::string nameOf(const Activity& activity) {
  std::string name = activity.purpose;
  for (const char* prefix : {"Error in ", "Error while ", "Error during "}) {
    if (name.rfind(prefix, 0) == 0) {
      return name.substr(std::string(prefix).size());
    }
  }
  return name;
}

std::string inSeconds(Clock::duration duration) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.1f s", Seconds(duration).count());
  return text;
}

// Logs the Python stack of an activity; on request, raises SystemExit in it as well.
void describe(const Activity& activity, const std::string& headline, bool interrupt) {
  runCallback("Error while watching over callbacks", [&] {
    if (!interpreter::isInProgress(activity)) {
      if (!interrupt) {
        host::logError(headline + "(it has come to its end by now)");
      }
      return;
    }
    const Ref thread = steal(py::Long_FromUnsignedLongLong(activity.thread));
    const Ref stack =
        steal(py::Object_CallFunctionObjArgs(layer.formatStack.get(), thread.get(), nullptr));
    const char* words = py::Unicode_AsUTF8AndSize(stack.get(), nullptr);
    if (words == nullptr) {
      throw PythonError{};
    }
    host::logError(headline + words);
    // the thread may have come to an end while its stack was being written
    if (interrupt && interpreter::isInProgress(activity)) {
      py::ThreadState_SetAsyncExc(activity.thread, layer.orthancStopping);
    }
  });
}

// Entering Python may take for ever, so this is done on a thread that nobody waits for.
void describeElsewhere(std::vector<std::pair<Activity, std::string>> activities, bool interrupt) {
  try {
    std::thread([activities = std::move(activities), interrupt] {
      interpreter::thisThreadIsNotAwaited();
      for (const auto& [activity, headline] : activities) {
        describe(activity, headline, interrupt);
      }
    }).detach();
  } catch (const std::system_error&) {
    host::logError("The system refuses another thread (to watch over callbacks)");
  }
}

class Watch {
 public:
  Watch(double watchdog, double stopTimeout) : watchdog_(watchdog), stopTimeout_(stopTimeout) {}

  void start(const std::shared_ptr<Watch>& self) {
    std::thread([self] { self->run(); }).detach();
  }

  void beginStop() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!stopping_) {
      stopping_ = true;
      deadline_ = Clock::now() + std::chrono::duration_cast<Clock::duration>(stopTimeout_);
      changed_.notify_all();
    }
  }

  double stopTimeout() const { return stopTimeout_.count(); }

  void end() {
    const std::lock_guard<std::mutex> lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }

  // Returns what is left of the timeout; the plugin's own last steps may take as long as that and
  // the timeout once more.
  Seconds beginFinalize() {
    const std::lock_guard<std::mutex> lock(mutex_);
    const Seconds moment{0.2};
    const Seconds left =
        stopping_ ? std::max(Seconds(deadline_ - Clock::now()), moment) : stopTimeout_;
    stopping_ = true;
    startOver(left + stopTimeout_);
    return left;
  }

 private:
  struct Seen {
    Activity activity;
    Clock::time_point since;
    bool reported;
  };

  void run() {
    std::unique_lock<std::mutex> lock(mutex_);
    while (!ended_) {
      changed_.wait_for(lock, period());
      if (ended_) {
        return;
      }
      refresh();
      if (watchdog_ > Seconds::zero()) {
        reportSlow();
      }
      if (stopping_ && Clock::now() >= deadline_) {
        interrupt();
      }
    }
  }

  // Wakes up rarely while there is nothing to do.
  Seconds period() const {
    Seconds result{3600};
    if (watchdog_ > Seconds::zero()) {
      result = std::min(result, watchdog_ / 4);
    }
    if (stopping_) {
      result = std::min({result, stopTimeout_ / 4, Seconds{0.25}});
    }
    return std::max(result, Seconds{0.01});
  }

  // Keeps what was seen before, with the time of that, and adds what is new.
  void refresh() {
    std::vector<Seen> now;
    for (const Activity& activity : interpreter::activities()) {
      const auto known = std::find_if(seen_.begin(), seen_.end(), [&](const Seen& seen) {
        return seen.activity.thread == activity.thread && seen.activity.number == activity.number;
      });
      now.push_back(known != seen_.end() ? *known : Seen{activity, Clock::now(), false});
    }
    seen_ = std::move(now);
  }

  void reportSlow() {
    std::vector<std::pair<Activity, std::string>> late;
    for (Seen& seen : seen_) {
      const auto duration = Clock::now() - seen.since;
      if (!seen.reported && duration >= watchdog_) {
        seen.reported = true;
        late.emplace_back(seen.activity, "Watchdog: " + nameOf(seen.activity) +
                                             " has been busy for " + inSeconds(duration) + ":\n");
      }
    }
    if (!late.empty()) {
      describeElsewhere(std::move(late), false);
    }
  }

  // Once the deadline of a stop has passed
  void interrupt() {
    if (!asked_) {
      asked_ = true;
      std::vector<std::pair<Activity, std::string>> awaited;
      std::vector<std::pair<Activity, std::string>> others;
      for (const Seen& seen : seen_) {
        const std::string who = "Orthanc is stopping, but " + nameOf(seen.activity);
        if (seen.activity.awaited) {
          interrupted_.push_back(seen.activity);
          awaited.emplace_back(seen.activity,
                               who + " does not return; SystemExit is raised in it:\n");
        } else {
          others.emplace_back(seen.activity, who + " has not returned yet:\n");
        }
      }
      describeElsewhere(std::move(awaited), true);
      describeElsewhere(std::move(others), false);
      return;
    }
    if (Clock::now() < deadline_ + std::chrono::duration_cast<Clock::duration>(stopTimeout_)) {
      return;
    }
    const bool stuck =
        std::any_of(interrupted_.begin(), interrupted_.end(), [](const Activity& activity) {
          return activity.awaited && interpreter::isInProgress(activity);
        });
    if (stuck) {
      terminateProcess();
    }
    startOver(stopTimeout_);  // what began later has its own time
  }

  void startOver(Seconds timeout) {
    asked_ = false;
    interrupted_.clear();
    deadline_ = Clock::now() + std::chrono::duration_cast<Clock::duration>(timeout);
    changed_.notify_all();
  }

  // Orthanc would wait for ever, and nothing else can end a thread that waits inside C.
  [[noreturn]] static void terminateProcess() {
    host::logError(
        "Orthanc is stopping, and Python code that does not return keeps it from doing so: the "
        "process ends now");
    std::fflush(nullptr);
    std::_Exit(EXIT_FAILURE);
  }

  const Seconds watchdog_;
  const Seconds stopTimeout_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Clock::time_point deadline_;
  std::vector<Seen> seen_;
  std::vector<Activity> interrupted_;
  bool stopping_ = false;
  bool asked_ = false;
  bool ended_ = false;
};

std::mutex currentMutex;
std::shared_ptr<Watch> current;

std::shared_ptr<Watch> currentWatch() {
  const std::lock_guard<std::mutex> lock(currentMutex);
  return current;
}

OrthancPluginErrorCode onChange(OrthancPluginChangeType type, OrthancPluginResourceType,
                                const char*) {
  if (type == OrthancPluginChangeType_OrthancStarted) {
    host::signals::deliver();
  } else if (type == OrthancPluginChangeType_OrthancStopped) {
    host::signals::remember();
    if (const std::shared_ptr<Watch> watch = currentWatch()) {
      watch->beginStop();
    }
  }
  return OrthancPluginErrorCode_Success;
}

OrthancPluginErrorCode onLastChange(OrthancPluginChangeType type, OrthancPluginResourceType,
                                    const char*) {
  if (type == OrthancPluginChangeType_OrthancStopped) {
    const std::shared_ptr<Watch> watch = currentWatch();
    if (host::closeGateForOthers(watch ? watch->stopTimeout() : 0) != 0) {
      host::logError("A call from a Python thread to Orthanc does not come back");
    }
  }
  return OrthancPluginErrorCode_Success;
}

void listen(OrthancPluginOnChangeCallback callback) {
  _OrthancPluginOnChangeCallback parameters{};
  parameters.callback = callback;
  host::invoke(_OrthancPluginService_RegisterOnChangeCallback, &parameters);
}

}  // namespace

void watch(double watchdog, double stopTimeout) {
  auto watch = std::make_shared<Watch>(watchdog, stopTimeout);
  watch->start(watch);
  {
    const std::lock_guard<std::mutex> lock(currentMutex);
    current = std::move(watch);
  }
  listen(onChange);
}

void watchLast() {
  listen(onLastChange);
}

double beginFinalize() {
  const std::shared_ptr<Watch> watch = currentWatch();
  return watch ? watch->beginFinalize().count() : 0;
}

void end() {
  std::shared_ptr<Watch> watch;
  {
    const std::lock_guard<std::mutex> lock(currentMutex);
    watch.swap(current);
  }
  if (watch) {
    watch->end();
  }
}

}  // namespace orthanc::shutdown

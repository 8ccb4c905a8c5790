// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Change events: an ordered queue and one thread that empties it. The script may call Orthanc on
// that thread, but not on Orthanc's own thread for changes.
#include "callbacks/changes.hpp"

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>

#include "callbacks/callback.hpp"

namespace orthanc {

namespace {

Slot slot("callback to listen to changes", "Events");

struct Event {
  OrthancPluginChangeType type;
  OrthancPluginResourceType level;
  std::string resource;
};

void deliver(const Event& event) {
  const subject::Change subject{event.type, event.resource.c_str()};
  runCallback("Error in the Python on-change callback", subject, [&] {
    PyObject* callback = slot.get();
    if (callback == nullptr) {
      return;
    }
    const Ref type = integerObject(event.type);
    const Ref level = integerObject(event.level);
    const Ref resource = text(event.resource.c_str());
    steal(
        py::Object_CallFunctionObjArgs(callback, type.get(), level.get(), resource.get(), nullptr));
  });
}

// Shared by the thread and its owner, since the owner may leave a hanging thread behind.
class Queue : public std::enable_shared_from_this<Queue> {
 public:
  void start() {
    std::thread([self = shared_from_this()] { self->run(); }).detach();
  }

  void push(Event event) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (closed_) {
        return;
      }
      events_.push_back(std::move(event));
    }
    changed_.notify_all();
  }

  std::size_t size() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return events_.size();
  }

  // Ends a queue that Orthanc does not know.
  void cancel() {
    std::size_t none = 0;
    finish(host::Clock::now(), host::Clock::now(), none);
  }

  // Takes no more events; see stopChanges.
  bool finish(host::Clock::time_point backlogEnd, host::Clock::time_point lastEnd,
              std::size_t& dropped) {
    std::unique_lock<std::mutex> lock(mutex_);
    closed_ = true;
    changed_.notify_all();
    changed_.wait_until(lock, backlogEnd, [this] { return ended_; });
    dropped = events_.size();
    events_.clear();
    return changed_.wait_until(lock, lastEnd, [this] { return ended_; });
  }

 private:
  void run() {
    interpreter::thisThreadIsNotAwaited();
    if (!(host::version() < host::Version{1, 12, 2})) {
      host::invoke(_OrthancPluginService_SetCurrentThreadName, "PY-CHANGES");
    }
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      changed_.wait(lock, [&] { return closed_ || !events_.empty(); });
      if (events_.empty()) {
        ended_ = true;
        changed_.notify_all();
        return;
      }
      const Event event = std::move(events_.front());
      events_.pop_front();
      lock.unlock();
      deliver(event);
      lock.lock();
    }
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Event> events_;
  bool closed_ = false;
  bool ended_ = false;
};

std::mutex queueMutex;
std::shared_ptr<Queue> queue;

std::shared_ptr<Queue> currentQueue() {
  const std::lock_guard<std::mutex> lock(queueMutex);
  return queue;
}

OrthancPluginErrorCode onChange(OrthancPluginChangeType type, OrthancPluginResourceType level,
                                const char* resource) {
  const std::shared_ptr<Queue> events = currentQueue();
  if (!events || type == OrthancPluginChangeType_OrthancStopped) {
    return OrthancPluginErrorCode_Success;  // shutdown.cpp delivers that event
  }
  try {
    events->push({type, level, resource == nullptr ? "" : resource});
  } catch (const std::bad_alloc&) {
    return OrthancPluginErrorCode_NotEnoughMemory;
  }
  return OrthancPluginErrorCode_Success;
}

}  // namespace

bool stopChanges(host::Clock::time_point backlogEnd, host::Clock::time_point lastEnd) {
  const std::shared_ptr<Queue> events = currentQueue();
  if (!events) {
    return true;
  }
  std::size_t dropped = 0;
  const bool returned = events->finish(backlogEnd, lastEnd, dropped);
  if (dropped != 0) {
    host::logError("The script was too slow. Dropped change events: " + std::to_string(dropped));
  }
  if (!returned) {
    host::logError(
        "The Python on-change callback does not return: the stop continues without it, and the "
        "script does not get ORTHANC_STOPPED");
  }
  const std::lock_guard<std::mutex> lock(queueMutex);
  queue = nullptr;
  return returned;
}

void deliverChange(OrthancPluginChangeType type, OrthancPluginResourceType level,
                   const char* resource) {
  if (slot.taken()) {
    deliver({type, level, resource});
  }
}

std::size_t queuedChanges() {
  const std::shared_ptr<Queue> events = currentQueue();
  return events ? events->size() : 0;
}

PyObject* handwritten::RegisterOnChangeCallback(PyObject*, PyObject* const* values,
                                                Py_ssize_t count, PyObject* keywords) {
  const Arguments<1> arguments(signatures::RegisterOnChangeCallback, values, count, keywords);
  constexpr _OrthancPluginService kService = _OrthancPluginService_RegisterOnChangeCallback;
  const Ref callback = callableOrCoroutine(arguments[0]);
  if (slot.combine(callback.get(), kService)) {
    return none();  // the first callback has started the queue
  }
  auto events = std::make_shared<Queue>();
  try {
    events->start();
  } catch (const std::system_error&) {
    raise(builtins.runtimeError,
          "Cannot start the thread for change events: raise the limit of threads");
  }
  _OrthancPluginOnChangeCallback parameters{};
  parameters.callback = onChange;
  try {
    if (!registerCallbacks({{&slot, arguments[0].with(callback.get())}}, kService, &parameters)) {
      events->cancel();
      return none();
    }
  } catch (const PythonError&) {
    events->cancel();
    throw;
  }
  host::logInfo("Registering one Python on-changes callback");
  const std::lock_guard<std::mutex> lock(queueMutex);
  queue = std::move(events);
  return none();
}

}  // namespace orthanc

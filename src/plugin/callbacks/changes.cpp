// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Change events: an ordered queue and one thread that empties it, so that the script may call
// Orthanc back, which Orthanc's own thread for changes must not.
#include "callbacks/changes.hpp"

#include <chrono>
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

Slot slot("callback to listen to changes");

std::atomic<double> timeout{10};

struct Event {
  OrthancPluginChangeType type;
  OrthancPluginResourceType level;
  std::string resource;
};

void deliver(const Event& event) {
  runCallback("Error in the Python on-change callback", [&] {
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

  // Takes no more events and waits until those waiting are delivered. False if one of them takes
  // longer than `seconds`; the rest of them is lost then.
  bool finish(double seconds) {
    std::unique_lock<std::mutex> lock(mutex_);
    closed_ = true;
    changed_.notify_all();
    while (!ended_) {
      const std::size_t before = delivered_;
      abandoned_ = !changed_.wait_for(lock, std::chrono::duration<double>(seconds),
                                      [&] { return ended_ || delivered_ != before; });
      if (abandoned_) {
        return false;
      }
    }
    return true;
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
      if (events_.empty() || abandoned_) {
        ended_ = true;
        changed_.notify_all();
        return;
      }
      const Event event = std::move(events_.front());
      events_.pop_front();
      lock.unlock();
      deliver(event);
      lock.lock();
      ++delivered_;
      changed_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Event> events_;
  std::size_t delivered_ = 0;
  bool closed_ = false;
  bool ended_ = false;
  bool abandoned_ = false;
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
  if (!events) {
    return OrthancPluginErrorCode_Success;
  }
  try {
    Event event{type, level, resource == nullptr ? "" : resource};
    if (type != OrthancPluginChangeType_OrthancStopped) {
      events->push(std::move(event));
    } else if (stopChanges(timeout)) {
      // Orthanc's services end once this returns, so the script has its last word now. It has it on
      // this thread, which owns the recursive lock that Orthanc takes for each change.
      deliver(event);
    }
  } catch (const std::bad_alloc&) {
    return OrthancPluginErrorCode_NotEnoughMemory;
  }
  return OrthancPluginErrorCode_Success;
}

}  // namespace

void setChangesTimeout(double seconds) {
  timeout = seconds;
}

bool stopChanges(double seconds) {
  std::shared_ptr<Queue> events;
  {
    const std::lock_guard<std::mutex> lock(queueMutex);
    events.swap(queue);
  }
  if (!events || events->finish(seconds)) {
    return true;
  }
  host::logError(
      "The Python on-change callback does not return: it is left behind, and the change events "
      "after it are lost");
  return false;
}

PyObject* handwritten::RegisterOnChangeCallback(PyObject*, PyObject* const* values,
                                                Py_ssize_t count, PyObject* keywords) {
  const Arguments<1> arguments(signatures::RegisterOnChangeCallback, values, count, keywords);
  auto events = std::make_shared<Queue>();
  try {
    events->start();
  } catch (const std::system_error&) {
    raise(builtins.runtimeError, "The system refuses another thread (for change events)");
  }
  _OrthancPluginOnChangeCallback parameters{};
  parameters.callback = onChange;
  try {
    registerCallbacks({{&slot, arguments[0]}}, _OrthancPluginService_RegisterOnChangeCallback,
                      &parameters);
  } catch (const PythonError&) {
    events->finish(0);
    throw;
  }
  host::logInfo("Registering one Python on-changes callback");
  const std::lock_guard<std::mutex> lock(queueMutex);
  queue = std::move(events);
  return none();
}

}  // namespace orthanc

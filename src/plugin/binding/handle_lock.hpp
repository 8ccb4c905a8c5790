// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Objects of Orthanc are not thread-safe: each handle has a mutex, which a thread holds during a
// call of the SDK that works on the handle.
//
// No deadlock: a thread never waits for such a mutex while it holds the GIL, never holds one while
// a callback runs Python code, and locks two of them in the order of their addresses.
#pragma once

#include <mutex>
#include <utility>

#include "binding/objects.hpp"
#include "interpreter/gil_release.hpp"

namespace orthanc {

// The handles that a call works on: none, one or two. A "lockable" of the standard library.
class Handles {
 public:
  Handles() = default;
  Handles(const Use& use) : first_(use.mutex()) {}  // implicit: call(service, &parameters, image)
  Handles(const Use& one, const Use& other);

  bool empty() const { return first_ == nullptr && second_ == nullptr; }
  void lock() const;
  bool try_lock() const;
  void unlock() const;

 private:
  std::mutex* first_ = nullptr;
  std::mutex* second_ = nullptr;
};

// Holds the mutexes for a call that runs without the GIL.
class HandleLock {
 public:
  explicit HandleLock(const Handles& handles);
  ~HandleLock();
  HandleLock(const HandleLock&) = delete;
  HandleLock& operator=(const HandleLock&) = delete;

 private:
  const Handles& handles_;
};

// Lets other threads work on the handles of this thread's call while that call runs a callback in
// Python: the callback may wait for these threads. Construct and destroy it without the GIL.
class HandleUnlock {
 public:
  HandleUnlock();
  ~HandleUnlock();
  HandleUnlock(const HandleUnlock&) = delete;
  HandleUnlock& operator=(const HandleUnlock&) = delete;

 private:
  const Handles* const handles_;
};

// Runs a body that takes less time than releasing the GIL, and holds the GIL unless another thread
// works on the handles. The body calls no Python code.
template <class Body>
auto runQuickly(const Handles& handles, Body&& body) {
  if (handles.try_lock()) {
    const std::lock_guard<const Handles> lock(handles, std::adopt_lock);
    return body();
  }
  const interpreter::GilRelease release;
  const std::lock_guard<const Handles> lock(handles);
  return body();
}

}  // namespace orthanc

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// One object for each thread, made when the thread first asks for it, destroyed when the thread
// ends. The destructor may wait for locks.
#pragma once

#ifdef _WIN32

#include <windows.h>

namespace interpreter {

// Not thread_local: Windows runs those destructors while it holds the loader lock. One that waits
// for Python's lock would wait for ever as soon as the thread that has it loads a DLL. The
// callbacks of fiber-local storage run before that lock is taken. Only for objects with static
// storage duration in a library that stays loaded: the slot is never given back.
template <class T>
class PerThread {
 public:
  PerThread() : slot_(FlsAlloc([](void* object) { delete static_cast<T*>(object); })) {}
  PerThread(const PerThread&) = delete;
  PerThread& operator=(const PerThread&) = delete;

  T& get() {
    void* object = FlsGetValue(slot_);
    if (object == nullptr) {
      object = new T;
      FlsSetValue(slot_, object);
    }
    return *static_cast<T*>(object);
  }

 private:
  DWORD slot_;
};

}  // namespace interpreter

#else

namespace interpreter {

template <class T>
class PerThread {
 public:
  T& get() {
    static thread_local T object;
    return object;
  }
};

}  // namespace interpreter

#endif

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// One object for each thread, created on the thread's first access, destroyed when the thread ends.
#pragma once

#ifdef _WIN32

#include <windows.h>

namespace interpreter {

// Not thread_local: Windows runs its destructors while it holds the loader lock, but clears
// fiber-local storage before. Nevertheless the destructor must not wait for the GIL. The slot is
// never freed: pin this library in memory before the first use.
template <class T>
class PerThread {
 public:
  T& get() {
    static const DWORD slot = FlsAlloc(destroy);
    void* object = FlsGetValue(slot);
    if (object == nullptr) {
      object = new T;
      FlsSetValue(slot, object);
    }
    return *static_cast<T*>(object);
  }

 private:
  static void WINAPI destroy(void* object) { delete static_cast<T*>(object); }
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

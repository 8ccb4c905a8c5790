// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// One object for each thread, made when the thread first asks for it, destroyed when the thread
// ends.
#pragma once

#ifdef _WIN32

#include <windows.h>

namespace interpreter {

// Not thread_local: Windows runs those destructors while it holds the loader lock, fiber-local
// storage is cleared before. Nevertheless the destructor must not wait for the interpreter. The
// slot is never given back, so this library must be one that stays loaded by the time it is used.
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

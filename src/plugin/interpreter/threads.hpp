// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// How Orthanc's threads enter and leave Python.
//
// Each thread keeps one thread state until it ends: creating one per callback costs a hundred times
// more, and threading.local would lose its values. A callback always runs on the Orthanc thread
// that calls it, because Orthanc holds recursive mutexes while it calls.
#pragma once

#include <type_traits>
#include <utility>

#include "interpreter/api.hpp"

namespace interpreter {

// Runs function(argument) on the calling thread with its thread state attached, on a stack that is
// large enough for Python. Returns false, without calling, if there is no memory for such a stack
// or if callbacks are nested too deeply.
bool runAttached(void (*function)(void*), void* argument);

// The same for any callable; it must not throw.
template <class Body>
bool withPython(Body&& body) {
  using Plain = std::remove_reference_t<Body>;
  return runAttached([](void* p) { (*static_cast<Plain*>(p))(); },
                     const_cast<void*>(static_cast<const void*>(&body)));
}

// Calls function() in each later runAttached, on the entering thread, before the function of the
// caller: a debugger must trace threads that Python has not started.
void callOnEnter(void (*function)());

// The number of threads of Orthanc that have a thread state of Python.
unsigned int attachedThreads();

// Call once, when the table of CPython's functions is filled in.
void setUpThreads();

// false: from now on, ending threads no longer release their thread state. The process is about to
// end, and a thread that never stops may hold the GIL.
void releaseEndingThreads(bool release);

}  // namespace interpreter

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A large stack for threads whose own one is too small for Python.
//
// Orthanc's HTTP threads have 100 KB on Linux. A recursion of a few hundred calls, nested JSON or
// an import overflows that, which ends the process. Other threads cannot take the work over (the
// calling thread holds recursive mutexes), so the thread stays and its stack pointer moves.
#pragma once

#include <cstddef>

namespace interpreter {

class LargeStack {
 public:
  LargeStack() = default;
  ~LargeStack();
  LargeStack(const LargeStack&) = delete;
  LargeStack& operator=(const LargeStack&) = delete;

  // Calls function(argument): directly if the thread has enough stack left, otherwise on a large
  // stack, which the thread keeps until it ends. Returns false, without calling, if there is no
  // memory for it or if the large stack itself is nearly used up.
  bool run(void (*function)(void*), void* argument);

  bool inUse() const { return running_; }
  char* lowest() const { return lowest_; }
  static std::size_t size();

  // Threads keep to their own stack from now on.
  static void disable();
  static bool isDisabled();

 private:
  char* lowest_ = nullptr;  // nullptr: none was needed so far
  char* own_ = nullptr;     // the lowest address of the thread's own stack
  bool running_ = false;
};

}  // namespace interpreter

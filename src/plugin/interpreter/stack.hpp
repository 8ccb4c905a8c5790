// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A large stack for threads whose own stack is too small for Python.
//
// Orthanc's HTTP threads have 100 KB on Linux. A recursion of a few hundred calls, nested JSON or
// an import overflows that, which ends the process. Another thread cannot do the work (the calling
// thread holds recursive mutexes), so the same thread switches to another stack.
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
  // memory for it or if the large stack itself is nearly full.
  bool run(void (*function)(void*), void* argument);

  bool inUse() const { return running_; }
  char* lowest() const { return lowest_; }
  static std::size_t size();

  // From now on, threads use only their own stack.
  static void disable();
  static bool isDisabled();

 private:
  char* lowest_ = nullptr;  // nullptr: the thread has no large stack yet
  char* own_ = nullptr;     // the lowest address of the thread's own stack
  bool running_ = false;
};

}  // namespace interpreter

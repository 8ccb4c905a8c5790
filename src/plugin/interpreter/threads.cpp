// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "interpreter/threads.hpp"

#include <atomic>

#include "interpreter/per_thread.hpp"
#include "interpreter/stack.hpp"
#include "interpreter/thread_state_release.hpp"

namespace interpreter {

namespace {

std::atomic<bool> releaseThreads{true};
std::atomic<unsigned int> attachedCount{0};
std::atomic<void (*)()> enterFunction{nullptr};

struct Thread {
  PyThreadState* state = nullptr;
  bool owned = false;     // the plugin created the state, hence deletes it
  bool protects = false;  // CPython was told the bounds of the large stack
  LargeStack stack;

  Thread() = default;
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;

  ~Thread() {
    if (owned) {
      --attachedCount;
    }
    if (state != nullptr && owned && releaseThreads) {
      releaseThreadState(state, stack);
    }
  }
};

PerThread<Thread> threads;

struct Call {
  Thread* thread;
  bool attached;  // before this call
  void (*function)(void*);
  void* argument;
};

void attachAndCall(void* p) {
  Call& call = *static_cast<Call*>(p);
  Thread& thread = *call.thread;
  if (!call.attached) {
    py::Eval_RestoreThread(thread.state);
  }
  if (!thread.protects && thread.owned && thread.stack.inUse()) {
    // CPython 3.14+ has recorded the bounds of the thread's own stack
    thread.protects = true;
    if (py::Unstable_ThreadState_SetStackProtection != nullptr) {
      py::Unstable_ThreadState_SetStackProtection(thread.state, thread.stack.lowest(),
                                                  thread.stack.size());
    }
  }
  if (void (*const enter)() = enterFunction) {
    enter();
  }
  call.function(call.argument);
  py::Eval_SaveThread();
}

}  // namespace

bool runAttached(void (*function)(void*), void* argument) {
  Thread& thread = threads.get();
  bool attached = false;
  if (thread.state == nullptr) {
    thread.state = py::GILState_GetThisThreadState();
    if (thread.state == nullptr) {
      py::GILState_Ensure();  // balanced in ~Thread
      thread.state = py::GILState_GetThisThreadState();
      thread.owned = attached = true;
      ++attachedCount;
    }
  }
  Call call{&thread, attached, function, argument};
  const bool called = thread.stack.run(attachAndCall, &call);
  if (!called && attached) {
    py::Eval_SaveThread();
  }
  return called;
}

void callOnEnter(void (*function)()) {
  enterFunction = function;
}

unsigned int attachedThreads() {
  return attachedCount;
}

void setUpThreads() {
  setUpThreadStateRelease();
  int minor = 0;
  for (const char* digit = py::GetVersion() + 2; *digit >= '0' && *digit <= '9'; ++digit) {
    minor = 10 * minor + (*digit - '0');
  }
  // 3.14.0 and 3.14.1 measure the stack themselves and have no function to set another one
  if (minor >= 14 && py::Unstable_ThreadState_SetStackProtection == nullptr) {
    LargeStack::disable();
  }
}

void releaseEndingThreads(bool release) {
  releaseThreads = release;
}

}  // namespace interpreter

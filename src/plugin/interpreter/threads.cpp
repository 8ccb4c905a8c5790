// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "interpreter/threads.hpp"

#include <atomic>
#include <chrono>
#include <cstring>
#include <thread>

#include "interpreter/per_thread.hpp"
#include "interpreter/stack.hpp"
#include "interpreter/thread_end.hpp"

namespace interpreter {

namespace {

std::atomic<bool> releaseThreads{true};

struct Thread {
  PyThreadState* state = nullptr;
  bool owned = false;     // we made the state, hence we end it
  bool protects = false;  // CPython was told the bounds of the large stack
  LargeStack stack;

  Thread() = default;
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;

  ~Thread() {
    if (state != nullptr && owned && releaseThreads) {
      endThreadState(state, stack);
    }
  }
};

PerThread<Thread> threads;

struct Call {
  Thread* thread;
  bool attached;  // already
  void (*function)(void*);
  void* argument;
};

void attachAndCall(void* p) {
  Call& call = *static_cast<Call*>(p);
  Thread& thread = *call.thread;
  if (!call.attached) {
    attach(thread.state);
  }
  if (!thread.protects && thread.owned && thread.stack.inUse()) {
    // CPython 3.14+ took the bounds of the thread's own stack
    thread.protects = true;
    if (py::Unstable_ThreadState_SetStackProtection != nullptr) {
      py::Unstable_ThreadState_SetStackProtection(thread.state, thread.stack.lowest(),
                                                  thread.stack.size());
    }
  }
  call.function(call.argument);
  detach();
}

// A turn of a request takes a microsecond; to fall asleep until it is over, and to be woken, takes
// many, and whoever comes meanwhile falls asleep, too. So in a crowd a thread first lets others
// run, among them the one whose turn it is. It comes back milliseconds later: where few wait, they
// are served sooner asleep. All of this is a hint: the lock is CPython's.
bool takesTurns = true;                // there is a lock
std::atomic<unsigned int> turn{0};     // odd: a thread of ours has the interpreter, as far as known
std::atomic<unsigned int> endless{0};  // a turn that has taken longer than this
constexpr std::chrono::microseconds patience{100};
std::atomic<int> waiting{0};
std::atomic<bool> crowded{false};  // more than a few have waited, and somebody has ever since
constexpr int few = 8;

bool isTaken() {
  return turn.load(std::memory_order_relaxed) % 2 != 0;
}

void letOthersRun() {
  const unsigned int seen = turn.load(std::memory_order_relaxed);
  if (seen == endless.load(std::memory_order_relaxed)) {
    return;
  }
  const auto end = std::chrono::steady_clock::now() + patience;
  while (isTaken()) {
    std::this_thread::yield();
    if (std::chrono::steady_clock::now() > end) {
      if (turn.load(std::memory_order_relaxed) == seen) {
        endless.store(seen, std::memory_order_relaxed);
      }
      return;
    }
  }
}

void attachInTurn(PyThreadState* state) {
  const int others = waiting.fetch_add(1, std::memory_order_relaxed);
  if (others == 0) {
    crowded.store(false, std::memory_order_relaxed);
  } else if (others >= few) {
    crowded.store(true, std::memory_order_relaxed);
  }
  if (crowded.load(std::memory_order_relaxed)) {
    letOthersRun();
  }
  py::Eval_RestoreThread(state);
  waiting.fetch_sub(1, std::memory_order_relaxed);
}

}  // namespace

void attach(PyThreadState* state) {
  if (!takesTurns) {
    py::Eval_RestoreThread(state);
    return;
  }
  if (isTaken()) {
    attachInTurn(state);
  } else {
    py::Eval_RestoreThread(state);
  }
  turn.store((turn.load(std::memory_order_relaxed) + 1) | 1U, std::memory_order_relaxed);
}

PyThreadState* detach() {
  if (takesTurns) {
    turn.store((turn.load(std::memory_order_relaxed) | 1U) + 1, std::memory_order_relaxed);
  }
  return py::Eval_SaveThread();
}

bool runAttached(void (*function)(void*), void* argument) {
  Thread& thread = threads.get();
  bool attached = false;
  if (thread.state == nullptr) {
    thread.state = py::GILState_GetThisThreadState();
    if (thread.state == nullptr) {
      py::GILState_Ensure();  // balanced in ~Thread
      thread.state = py::GILState_GetThisThreadState();
      thread.owned = attached = true;
    }
  }
  Call call{&thread, attached, function, argument};
  const bool called = thread.stack.run(attachAndCall, &call);
  if (!called && attached) {
    py::Eval_SaveThread();
  }
  return called;
}

void setUpThreads() {
  setUpThreadEnd();
  takesTurns = std::strstr(py::GetVersion(), "free-threading") == nullptr;
  int minor = 0;
  for (const char* digit = py::GetVersion() + 2; *digit >= '0' && *digit <= '9'; ++digit) {
    minor = 10 * minor + (*digit - '0');
  }
  // 3.14.0 and 3.14.1 measure the stack themselves and cannot be told about another one
  if (minor >= 14 && py::Unstable_ThreadState_SetStackProtection == nullptr) {
    LargeStack::disable();
  }
}

void releaseEndingThreads(bool release) {
  releaseThreads = release;
}

}  // namespace interpreter

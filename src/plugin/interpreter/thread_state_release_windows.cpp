// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Windows calls back at the end of a thread while it holds its own locks. If the callback waited
// for the GIL, or ran destructors written in Python, it would wait forever as soon as an import in
// another thread loads a DLL. So a thread of the plugin releases the states of ended threads.
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "interpreter/thread_state_release.hpp"

namespace interpreter {
namespace {

struct Ended {
  std::mutex mutex;
  std::condition_variable added;
  std::vector<PyThreadState*> states;
};

// Never destroyed: its thread waits until the process has ended.
Ended& ended() {
  static Ended* instance = new Ended;
  return *instance;
}

void release(const std::vector<PyThreadState*>& states) {
  py::GILState_Ensure();
  for (PyThreadState* state : states) {
    py::ThreadState_Clear(state);  // runs the destructors of its threading.local values
  }
  PyThreadState* own = py::Eval_SaveThread();
  for (PyThreadState* state : states) {
    py::ThreadState_Delete(state);
  }
  // Since 3.12, deleting another thread's state makes Python forget the state of this thread: this
  // thread cannot keep its state for the next call, nor pass it to GILState_Release.
  py::Eval_RestoreThread(own);
  py::ThreadState_Clear(own);
  py::Eval_SaveThread();
  py::ThreadState_Delete(own);
}

void releaseEndedStates() {
  for (;;) {
    std::vector<PyThreadState*> states;
    {
      std::unique_lock<std::mutex> lock(ended().mutex);
      ended().added.wait(lock, [] { return !ended().states.empty(); });
      states.swap(ended().states);
    }
    release(states);
  }
}

}  // namespace

void setUpThreadStateRelease() {
  std::thread(releaseEndedStates).detach();
}

void releaseThreadState(PyThreadState* state, LargeStack&) {
  {
    const std::lock_guard<std::mutex> lock(ended().mutex);
    ended().states.push_back(state);
  }
  ended().added.notify_one();
}

}  // namespace interpreter

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Windows calls back at the end of a thread while it holds locks of its own. One that waited for
// the interpreter here, or ran destructors written in Python, would wait for ever as soon as an
// import elsewhere loads a DLL. So the states of ended threads are left to a thread of the plugin.
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

// Never destroyed: its thread goes on waiting until the process has ended.
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
  // Since 3.12 the deletion of another thread's state makes Python forget the one of this thread:
  // it cannot be kept for the next time, nor given back to GILState_Release.
  py::Eval_RestoreThread(own);
  py::ThreadState_Clear(own);
  py::Eval_SaveThread();
  py::ThreadState_Delete(own);
}

void releaseForEver() {
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

void setUpThreadEnd() {
  std::thread(releaseForEver).detach();
}

void endThreadState(PyThreadState* state, LargeStack&) {
  {
    const std::lock_guard<std::mutex> lock(ended().mutex);
    ended().states.push_back(state);
  }
  ended().added.notify_one();
}

}  // namespace interpreter

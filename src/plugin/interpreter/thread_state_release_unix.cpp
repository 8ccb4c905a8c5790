// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "interpreter/active_calls.hpp"
#include "interpreter/thread_state_release.hpp"

namespace interpreter {

void setUpThreadStateRelease() {}

void releaseThreadState(PyThreadState* state, LargeStack& stack) {
  const ActiveCallScope scope("the end of a thread");  // Orthanc also waits for this call
  // destructors of threading.local values may be written in Python: they also need a large stack
  stack.run(
      [](void* p) {
        py::Eval_RestoreThread(static_cast<PyThreadState*>(p));
        py::GILState_Release(PyGILState_UNLOCKED);
      },
      state);
}

}  // namespace interpreter

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Releases Python's thread state when a thread ends.
#pragma once

#include "interpreter/api.hpp"
#include "interpreter/stack.hpp"

namespace interpreter {

// Call once, before any thread can end.
void setUpThreadStateRelease();

// The ending thread calls it.
void releaseThreadState(PyThreadState* state, LargeStack& stack);

}  // namespace interpreter

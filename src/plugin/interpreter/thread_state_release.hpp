// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What becomes of Python's state of a thread when the thread ends.
#pragma once

#include "interpreter/api.hpp"
#include "interpreter/stack.hpp"

namespace interpreter {

// To be called once, before any thread can end.
void setUpThreadEnd();

// Called by the thread that ends.
void endThreadState(PyThreadState* state, LargeStack& stack);

}  // namespace interpreter

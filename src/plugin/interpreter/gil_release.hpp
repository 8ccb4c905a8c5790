// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Releases the GIL while this object lives: the thread waits, calls Orthanc or copies much data.
#pragma once

#include "interpreter/api.hpp"

namespace interpreter {

class GilRelease {
 public:
  GilRelease() : state_(py::Eval_SaveThread()) {}
  ~GilRelease() { py::Eval_RestoreThread(state_); }
  GilRelease(const GilRelease&) = delete;
  GilRelease& operator=(const GilRelease&) = delete;

 private:
  PyThreadState* state_;
};

}  // namespace interpreter

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "interpreter/exit_threads.hpp"

namespace interpreter {

// Windows ends all other threads before it tells the libraries that the process ends.
void stopThreadsAtExit() {}

}  // namespace interpreter

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The end of the process, with Python threads that still run.
#pragma once

namespace interpreter {

// When the process ends, the exit functions of C libraries take away what threads of the script may
// be working with. Those threads are stopped before: from then on nobody gets Python's lock.
void stopThreadsAtExit();

}  // namespace interpreter

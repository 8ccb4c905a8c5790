// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The exit of the process while Python threads still run.
#pragma once

namespace interpreter {

// Stops script threads before the exit functions of C libraries free the resources that they use:
// at the exit of the process, a thread of the plugin acquires the GIL and keeps it.
void stopThreadsAtExit();

}  // namespace interpreter

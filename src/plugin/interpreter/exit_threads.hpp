// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The exit of the process while Python threads still run.
#pragma once

namespace interpreter {

// When the process ends, the exit functions of C libraries free resources that script threads may
// be using. Stops these threads before: a thread of the plugin acquires the GIL and keeps it.
void stopThreadsAtExit();

}  // namespace interpreter

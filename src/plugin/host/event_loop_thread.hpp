// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The thread that runs the coroutines of the script (orthanc_runtime/event_loop.py).
#pragma once

#include "generated/sdk.hpp"

namespace host {

// Declares that this thread runs the event loop. Call it before the gate closes.
void markEventLoopThread();

// Whether there has been an event loop since the start of the process.
bool hasEventLoop();

// Whether the call would block the event loop: this thread runs it, and the service waits for a
// server or for callbacks, which may need the event loop themselves.
bool blocksEventLoop(_OrthancPluginService service);

}  // namespace host

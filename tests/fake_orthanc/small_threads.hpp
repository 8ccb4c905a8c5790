// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// New threads whose stacks are too small for Python, as in Orthanc's HTTP server.
#pragma once

#include <functional>

namespace small_threads {

// Calls body(0), body(1), ... at the same time, and waits until all have returned.
void run(int count, const std::function<void(int)>& body);

}  // namespace small_threads

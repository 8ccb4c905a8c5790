// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The life cycle of the plugin, from start to stop, once for each start of Orthanc.
#pragma once

namespace orthanc {

// The name by which Orthanc registers this plugin
const char* registeredName();

// Finds and starts Python, and runs the script. Logs an error and returns false.
bool initialize();

// Stops the threads and callbacks of the script and unloads it. Python itself keeps running: see
// runtime.hpp.
void finalize();

}  // namespace orthanc

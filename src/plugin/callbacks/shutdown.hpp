// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A stop of Orthanc, or a reset, from its first moment to the last. Python.StopTimeout is the time
// that the script has for all of it:
//
//   ORTHANC_STOPPED   Orthanc tells its plugins that it stops: the time begins to run.
//   until 1/2         The change events that wait are delivered; the rest of them is dropped.
//   until 3/4         The event in progress has time to return.
//                     The script gets ORTHANC_STOPPED, on Orthanc's own thread.
//                     The gate closes for threads of the script; calls in progress come back.
//   5 s (or 1/2)      The log names what still runs, with Python stacks.
//                     Orthanc ends its HTTP and DICOM servers and its jobs: it waits for callbacks.
//   finish()          Orthanc finalizes the plugin: threads of the script are joined, functions of
//                     atexit run (orthanc_runtime/shutdown.py), the gate closes for callbacks, and
//                     the script is forgotten.
//   StopTimeout       Calls that still run are interrupted: SystemExit is raised in them.
//   5 s later         If one of them still runs, the process ends with exit code 1.
//
// The supervisor, a thread that never enters Python, sees to the last two lines and to the report.
#pragma once

namespace orthanc::shutdown {

// Before the script is loaded: starts the supervisor, and listens to the start and the stop of
// Orthanc before the script does. Throws std::system_error if the system refuses a thread.
void prepare(double stopTimeout);

// Orthanc finalizes the plugin, or the script cannot be loaded.
void finish();

}  // namespace orthanc::shutdown

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The steps of a stop or reset of Orthanc. Python.StopTimeout is the time that the script has for
// all of them:
//
//   ORTHANC_STOPPED   Orthanc tells its plugins that it stops: the time begins to run.
//   until 1/2         Queued change events are delivered; the others are dropped.
//   until 3/4         The event in progress has time to return.
//                     The script gets ORTHANC_STOPPED, on Orthanc's own thread.
//                     Background tasks of the event loop are cancelled; all tasks have time to end.
//                     The gate closes for script threads; calls in progress return.
//   5 s (or 1/2)      The log names the callbacks that still run, with Python stacks.
//                     Orthanc ends its HTTP and DICOM servers and its jobs: it waits for callbacks.
//   finish()          Orthanc finalizes the plugin: script threads are joined, functions of atexit
//                     run (orthanc_runtime/shutdown.py), the gate closes for callbacks, and the
//                     plugin unloads the script.
//   StopTimeout       Calls that still run are interrupted: SystemExit is raised in them.
//   5 s later         If one of them still runs, the process ends with exit code 1.
//
// A thread that never enters Python does the last two steps and the report: stop_timeout.hpp.
#pragma once

namespace orthanc::shutdown {

// Before the script is loaded: starts that thread, and listens to the start and the stop of
// Orthanc before the script does. Throws std::system_error if the system refuses a thread.
void prepare(double stopTimeout);

// Call when Orthanc finalizes the plugin, or when the script cannot be loaded.
void finish();

}  // namespace orthanc::shutdown

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Callbacks that take too long: the watchdog names them, and a stop of Orthanc ends them.
//
// Orthanc waits for its HTTP threads when it stops, so a route that never answers would keep it
// from stopping. `stopTimeout` seconds after ORTHANC_STOPPED, the Python stacks of the callbacks
// that still run are logged, and SystemExit is raised in them. What does not end by that (it waits
// inside a function written in C, or catches everything) has as long again; then the process ends.
#pragma once

namespace orthanc::shutdown {

// Listens to the start and the stop of Orthanc, before the script does. The watchdog is off if 0.
void watch(double watchdog, double stopTimeout);

// To be called once the script has registered its callbacks: when Orthanc stops, this is the last
// one to hear of it, and keeps threads of the script away from Orthanc.
void watchLast();

// To be called when the plugin's own part of the stop begins. Returns how many seconds are left of
// `stopTimeout`, at least a moment.
double beginFinalize();

// The script is forgotten.
void end();

}  // namespace orthanc::shutdown

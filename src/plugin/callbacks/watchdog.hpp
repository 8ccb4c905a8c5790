// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The option Python.Watchdog: logs callbacks that take long.
#pragma once

namespace orthanc::watchdog {

// From now on, logs the Python stack of each call that runs for longer than `limit` seconds, once
// per call. Does nothing if `limit` is 0.
void start(double limit);
void end();

}  // namespace orthanc::watchdog

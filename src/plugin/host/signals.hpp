// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Keeps requests to shut down (SIGTERM, SIGINT) from being lost. Orthanc handles these signals only
// between its start and its stop: otherwise a signal ends the process immediately and leaves child
// processes of the script behind. Orthanc also loses a signal that arrives after a reset request.
#pragma once

namespace host::signals {

// From now on, such a signal is deferred. A second signal ends the process, as without defer().
void defer();

// Call it when Orthanc has nearly started: sends the deferred signal, or a signal that Orthanc has
// lost, as soon as Orthanc handles it.
void replay();

}  // namespace host::signals

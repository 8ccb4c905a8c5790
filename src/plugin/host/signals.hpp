// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Requests to stop (SIGTERM, SIGINT) that would be lost. Orthanc listens to them only between its
// start and its stop: at other moments such a signal ends the process on the spot, with children of
// the script left behind. And one that comes when a reset has been asked for is forgotten.
#pragma once

namespace host::signals {

// From now on, such a signal is deferred. A second one ends the process, as it would have before.
void defer();

// Orthanc has nearly started: sends the deferred signal, or one that Orthanc has lost, as soon as
// Orthanc listens.
void replay();

}  // namespace host::signals

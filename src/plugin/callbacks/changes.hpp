// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#pragma once

namespace orthanc {

// Ends the thread that delivers change events, after the events that are waiting. Waits at most
// `seconds` for one event; a callback that takes longer is left behind.
void stopChanges(double seconds);

// How long the delivery of ORTHANC_STOPPED waits for one event.
void setChangesTimeout(double seconds);

}  // namespace orthanc

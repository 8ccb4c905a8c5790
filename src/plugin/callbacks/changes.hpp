// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#pragma once

namespace orthanc {

// Ends the thread that delivers change events, after the events that are waiting. False if one of
// them takes longer than `seconds`: that callback is left behind.
bool stopChanges(double seconds);

// How long the delivery of ORTHANC_STOPPED waits for each event before it.
void setChangesTimeout(double seconds);

}  // namespace orthanc

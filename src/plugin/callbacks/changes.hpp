// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#pragma once

#include <cstddef>

#include "generated/sdk.hpp"
#include "host/deadline.hpp"

namespace orthanc {

// Ends the thread that delivers change events. It delivers queued events until `backlogEnd` and
// drops the others; the event in progress has time until `lastEnd`. False if the callback of that
// event has not returned by then.
bool stopChanges(host::Clock::time_point backlogEnd, host::Clock::time_point lastEnd);

// Delivers an event on this thread and bypasses the queue.
void deliverChange(OrthancPluginChangeType type, OrthancPluginResourceType level,
                   const char* resource);

// The number of events in the queue
std::size_t queuedChanges();

}  // namespace orthanc

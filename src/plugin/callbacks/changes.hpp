// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#pragma once

#include <cstddef>

#include "generated/sdk.hpp"
#include "host/deadline.hpp"

namespace orthanc {

// Ends the thread that delivers change events. The events that wait are delivered until
// `backlogEnd`, the rest of them is dropped; the event in progress has time until `lastEnd`. False
// if its callback has not returned by then.
bool stopChanges(host::Clock::time_point backlogEnd, host::Clock::time_point lastEnd);

// Delivers an event on this thread, beside the queue.
void deliverChange(OrthancPluginChangeType type, OrthancPluginResourceType level,
                   const char* resource);

// How many events wait for their delivery
std::size_t queuedChanges();

}  // namespace orthanc

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "callbacks/call_metrics.hpp"

namespace orthanc {

// Counts the calls of each route from now on, for the status page.
void countRouteCalls(bool enabled);

// The regular expressions of the routes, in the order of their registration, with their calls
std::vector<std::pair<std::string, const metrics::Counts*>> countedRoutes();

// Collects bodies in chunks for the routes that the script has registered so far.
void collectBodies();

// Logs the routes of the script.
void logRoutes();

// Forgets the routes of the script; Orthanc has already forgotten them.
void clearRoutes();

}  // namespace orthanc

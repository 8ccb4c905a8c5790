// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#pragma once

namespace orthanc {

// Collects bodies in chunks for the routes that the script has registered so far.
void collectBodies();

// Logs the routes of the script.
void logRoutes();

// Forgets the routes of the script; Orthanc has already forgotten them.
void clearRoutes();

}  // namespace orthanc

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#pragma once

namespace orthanc {

// Once per process
void internRestNames();

// The routes of the script are forgotten; Orthanc has forgotten them, too.
void clearRoutes();

}  // namespace orthanc

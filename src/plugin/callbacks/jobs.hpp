// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#pragma once

namespace orthanc {

// Call once Orthanc has started: jobs that were saved while they had given way to others go on.
void resumeRestoredJobs();

}  // namespace orthanc

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#pragma once

namespace orthanc {

// Call when Orthanc has started: resumes jobs that were saved while the plugin had paused them.
void resumeRestoredJobs();

}  // namespace orthanc

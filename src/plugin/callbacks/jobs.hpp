// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

namespace orthanc {

// The types of the jobs that scripts have created since the start of the process
std::vector<std::string> createdJobTypes();

// Call when Orthanc has started: resumes jobs that were saved while the plugin had paused them.
void resumeRestoredJobs();

}  // namespace orthanc

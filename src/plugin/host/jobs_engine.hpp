// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Access to Orthanc's jobs through its REST API. A thread for which Orthanc does not wait when it
// stops must hold a CallGuard.
#pragma once

#include <string>

namespace host {

// "Pending", "Running", "Paused", ...; "" if there is no such job.
std::string jobState(const std::string& id);

// Whether a job waits for a thread of the jobs engine.
bool isAnyJobPending();

// These return whether Orthanc accepts the request.
bool pauseJob(const std::string& id);
bool resumeJob(const std::string& id);

}  // namespace host

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Resumes paused jobs of the script at a given time. One thread serves any number of jobs.
#pragma once

#include <chrono>
#include <memory>

namespace orthanc {

class JobSteps;

// Calls job->resumeAfter(pause) then, unless the job is gone. False if the system refuses a thread.
bool resumeAt(std::chrono::steady_clock::time_point time, const std::shared_ptr<JobSteps>& job,
              unsigned int pause);

}  // namespace orthanc

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// How long jobs of the script have been waiting for Orthanc's REST API, which itself may wait for
// other jobs.
#pragma once

#include <chrono>
#include <mutex>

#include "generated/sdk.hpp"

namespace host {

// Whether the service is a request to Orthanc's REST API.
bool isRestCall(_OrthancPluginService service);

// The calls of one job. A job also waits if it requests only the state of other jobs.
class RestWaits {
 public:
  using Clock = std::chrono::steady_clock;

  void begin(bool isPoll);
  void end(bool isPoll);
  Clock::duration waitingFor() const;
  bool isCalling() const;

 private:
  mutable std::mutex mutex_;
  bool calling_ = false;
  Clock::time_point since_;
  Clock::time_point firstPoll_;
  Clock::time_point lastPoll_;
};

// While this object lives, the calls of this thread count as calls of a job.
class JobOnThisThread {
 public:
  explicit JobOnThisThread(RestWaits& waits);
  ~JobOnThisThread();
  JobOnThisThread(const JobOnThisThread&) = delete;
  JobOnThisThread& operator=(const JobOnThisThread&) = delete;
};

// Held during each call of a service; affects only calls of the REST API by jobs.
class RestCall {
 public:
  RestCall(_OrthancPluginService service, const void* parameters);
  ~RestCall();
  RestCall(const RestCall&) = delete;
  RestCall& operator=(const RestCall&) = delete;
  bool refused() const { return refused_; }

 private:
  RestWaits* waits_ = nullptr;
  bool isScriptThread_ = false;
  bool isPoll_ = false;
  bool refused_ = false;
};

// How long calls by script threads have been in progress.
RestWaits::Clock::duration scriptThreadsWaitingFor();

// Call it when Orthanc is about to stop, and its jobs engine will end no more jobs.
void refuseRestCallsOfJobs();
bool areRestCallsOfJobsRefused();
int restCallsOfJobs();  // in progress

// Call it when Orthanc starts.
void permitRestCallsOfJobs();

}  // namespace host

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The steps of a job of the script, on a thread of their own.
//
// Orthanc's jobs engine has few threads ("ConcurrentJobs"). A job that waits for another one would
// occupy a thread that the other one needs: with as many such jobs as threads, all would wait
// forever. So the plugin pauses a job that waits while others are pending: the engine gets its
// thread back, and the step continues. When the step has ended, the plugin resumes the job. A job
// whose next step must wait for some time is paused during that time.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>

#include "generated/sdk.hpp"
#include "host/rest_waits.hpp"

namespace orthanc {

struct StepResult {
  OrthancPluginJobStepStatus status = OrthancPluginJobStepStatus_Failure;
  std::chrono::duration<double> delay{0};  // until the next step
};

class JobSteps : public std::enable_shared_from_this<JobSteps> {
 public:
  JobSteps() = default;
  virtual ~JobSteps() = default;
  JobSteps(const JobSteps&) = delete;
  JobSteps& operator=(const JobSteps&) = delete;

  // Called by the jobs engine: runs a step, or waits for the one in progress.
  OrthancPluginJobStepStatus step();

  // Resets the job now or, if a step is in progress, at its end.
  void reset();

  void awaitStep() const;

  // Whether the plugin itself has paused the job, or is about to.
  bool isPausedByPlugin() const;

  // Whether the stop of Orthanc interrupted a step: the job must be saved as before that step.
  bool isInterruptedByStop() const;

  std::string id() const;
  void setId(std::string id);

  // Resumes a job that was saved while the plugin had paused it, as soon as Orthanc knows the job.
  void resumeRestored();

  // Resumes the job that the plugin has paused, unless another pause has begun meanwhile.
  void resumeAfter(unsigned int pause);

 protected:
  virtual StepResult runStep() = 0;
  virtual void runReset() = 0;

 private:
  friend class StepThread;
  enum class Phase { idle, running, ended, delayed };

  void perform();  // on the thread of the steps
  OrthancPluginJobStepStatus stepWhileStopping(std::unique_lock<std::mutex>& lock);
  void beginStep(std::unique_lock<std::mutex>& lock);
  OrthancPluginJobStepStatus takeStatus();
  OrthancPluginJobStepStatus waitForDelay(std::unique_lock<std::mutex>& lock);
  bool mayWaitForOthers(std::chrono::steady_clock::time_point now) const;
  bool shouldPause(std::unique_lock<std::mutex>& lock);
  void reportLongStep(bool othersArePending);
  bool pauseForOthers(std::unique_lock<std::mutex>& lock);
  bool pause(std::unique_lock<std::mutex>& lock);
  bool arrangeResume(unsigned int pause);

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  host::RestWaits waits_;
  std::string id_;
  Phase phase_ = Phase::idle;
  OrthancPluginJobStepStatus status_ = OrthancPluginJobStepStatus_Failure;
  bool pausedByPlugin_ = false;
  bool resetPending_ = false;
  bool interruptedByStop_ = false;
  bool reported_ = false;
  bool othersWerePending_ = false;
  std::chrono::steady_clock::time_point began_;
  std::chrono::steady_clock::time_point lastCheck_;
  std::chrono::steady_clock::time_point delayedUntil_;
  unsigned int pauses_ = 0;  // identifies the current pause
};

}  // namespace orthanc

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "callbacks/job_steps.hpp"

#include <algorithm>
#include <system_error>
#include <thread>
#include <utility>

#include "callbacks/job_delays.hpp"
#include "host/context.hpp"
#include "host/jobs_engine.hpp"
#include "interpreter/per_thread.hpp"

namespace orthanc {

using Clock = std::chrono::steady_clock;

namespace {

// A call that takes longer may be waiting for another job.
constexpr std::chrono::seconds kWaitBeforePause{1};
// The same for a call by a thread that a step has started: the plugin does not know the step.
constexpr std::chrono::seconds kThreadWaitBeforePause{5};
constexpr std::chrono::seconds kLongStep{30};
constexpr std::chrono::milliseconds kCheckInterval{200};
constexpr std::chrono::milliseconds kResumeInterval{10};
constexpr std::chrono::hours kLongestDelay{24 * 365};  // more might overflow the clock

}  // namespace

// Runs the steps for one thread of the jobs engine, until that thread ends or abandons this one
// with a step in progress.
class StepThread : public std::enable_shared_from_this<StepThread> {
 public:
  // Throws std::system_error.
  void start() {
    std::thread([self = shared_from_this()] { self->run(); }).detach();
  }

  void perform(std::shared_ptr<JobSteps> job) {
    const std::lock_guard<std::mutex> lock(mutex_);
    job_ = std::move(job);
    changed_.notify_all();
  }

  void end() {
    const std::lock_guard<std::mutex> lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }

 private:
  void run() {
    if (!(host::version() < host::Version{1, 12, 2})) {
      host::invoke(_OrthancPluginService_SetCurrentThreadName, "PY-JOB");
    }
    for (;;) {
      std::unique_lock<std::mutex> lock(mutex_);
      changed_.wait(lock, [&] { return ended_ || job_; });
      const std::shared_ptr<JobSteps> job = std::move(job_);
      job_.reset();
      lock.unlock();
      if (!job) {
        return;
      }
      job->perform();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::shared_ptr<JobSteps> job_;
  bool ended_ = false;
};

namespace {

// The data of a thread of the jobs engine
struct EngineThread {
  std::shared_ptr<StepThread> steps;

  EngineThread() = default;
  ~EngineThread() { abandonThread(); }
  EngineThread(const EngineThread&) = delete;
  EngineThread& operator=(const EngineThread&) = delete;

  void abandonThread() {
    if (steps) {
      steps->end();
      steps.reset();
    }
  }
};

interpreter::PerThread<EngineThread> engineThreads;

}  // namespace

OrthancPluginJobStepStatus JobSteps::step() {
  std::unique_lock<std::mutex> lock(mutex_);
  const bool resumed = std::exchange(pausedByPlugin_, false);
  ++pauses_;
  if (phase_ == Phase::delayed) {
    if (!resumed && Clock::now() < delayedUntil_) {
      return waitForDelay(lock);
    }
    phase_ = Phase::idle;
  }
  for (;;) {
    if (phase_ == Phase::idle && host::areRestCallsOfJobsRefused()) {
      return stepWhileStopping(lock);
    }
    if (phase_ == Phase::idle) {
      beginStep(lock);
    }
    changed_.wait_for(lock, kCheckInterval, [&] { return phase_ != Phase::running; });
    if (shouldPause(lock) && pauseForOthers(lock)) {
      return OrthancPluginJobStepStatus_Continue;
    }
    if (phase_ == Phase::delayed) {
      return waitForDelay(lock);
    }
    if (phase_ == Phase::ended) {
      return takeStatus();
    }
  }
}

// Orthanc is about to stop the jobs engine, which finishes no more jobs. Until then, its threads
// serve jobs that other jobs wait for. A job that is saved as paused is resumed at the next start.
OrthancPluginJobStepStatus JobSteps::stepWhileStopping(std::unique_lock<std::mutex>& lock) {
  if (id_.empty() || host::restCallsOfJobs() == 0 || !pauseForOthers(lock)) {
    changed_.wait_for(lock, kCheckInterval);
  }
  return OrthancPluginJobStepStatus_Continue;
}

void JobSteps::beginStep(std::unique_lock<std::mutex>& lock) {
  phase_ = Phase::running;
  began_ = Clock::now();
  EngineThread& thread = engineThreads.get();
  if (!thread.steps) {
    auto steps = std::make_shared<StepThread>();
    try {
      steps->start();
      thread.steps = std::move(steps);
    } catch (const std::system_error&) {
      lock.unlock();
      perform();  // on this thread: the system refuses another one
      lock.lock();
      return;
    }
  }
  thread.steps->perform(shared_from_this());
}

void JobSteps::perform() {
  StepResult result;
  {
    const host::JobOnThisThread calls(waits_);
    result = runStep();
  }
  const bool delayed = result.delay.count() > 0;
  std::unique_lock<std::mutex> lock(mutex_);
  if ((result.status == OrthancPluginJobStepStatus_Failure || delayed) &&
      host::areRestCallsOfJobsRefused()) {
    result.status = OrthancPluginJobStepStatus_Continue;
    interruptedByStop_ = true;
  }
  if (resetPending_) {
    resetPending_ = false;
    lock.unlock();
    runReset();
    lock.lock();
    phase_ = Phase::idle;
  } else {
    status_ = result.status;
    phase_ = delayed ? Phase::delayed : Phase::ended;
    delayedUntil_ = Clock::now() + std::chrono::duration_cast<Clock::duration>(std::min(
                                       result.delay, std::chrono::duration<double>(kLongestDelay)));
  }
  changed_.notify_all();
}

OrthancPluginJobStepStatus JobSteps::takeStatus() {
  phase_ = Phase::idle;
  return status_;
}

// The engine calls step() again when the job is resumed or, if it cannot be paused, at once.
OrthancPluginJobStepStatus JobSteps::waitForDelay(std::unique_lock<std::mutex>& lock) {
  if (id_.empty() || host::areRestCallsOfJobsRefused() || !pause(lock)) {
    changed_.wait_until(lock, std::min(delayedUntil_, Clock::now() + kCheckInterval));
  }
  return OrthancPluginJobStepStatus_Continue;
}

void JobSteps::reset() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    pausedByPlugin_ = false;
    ++pauses_;
    if (phase_ == Phase::running) {
      resetPending_ = true;
      return;
    }
    phase_ = Phase::idle;
  }
  runReset();
}

bool JobSteps::mayWaitForOthers(Clock::time_point now) const {
  if (waits_.waitingFor() >= kWaitBeforePause) {
    return true;
  }
  return phase_ == Phase::running && now - began_ >= kThreadWaitBeforePause &&
         host::scriptThreadsWaitingFor() >= kThreadWaitBeforePause;
}

// Jobs must be pending at two checks in a row: a free thread of the engine would have started them.
bool JobSteps::shouldPause(std::unique_lock<std::mutex>& lock) {
  if (phase_ == Phase::ended && status_ != OrthancPluginJobStepStatus_Continue) {
    return false;
  }
  if (host::areRestCallsOfJobsRefused()) {
    return !id_.empty() && waits_.isCalling();
  }
  const auto now = Clock::now();
  const bool mayWait = !id_.empty() && mayWaitForOthers(now);
  const bool tooLong = !reported_ && phase_ == Phase::running && now - began_ >= kLongStep;
  if (!mayWait) {
    othersWerePending_ = false;
  }
  if ((!mayWait && !tooLong) || now - lastCheck_ < kCheckInterval) {
    return false;
  }
  lastCheck_ = now;
  lock.unlock();
  const bool pending = host::isAnyJobPending();
  lock.lock();
  if (!mayWait) {
    reportLongStep(pending);
    return false;
  }
  return std::exchange(othersWerePending_, pending) && pending;
}

void JobSteps::reportLongStep(bool othersArePending) {
  reported_ = true;
  if (othersArePending) {
    host::logWarning(
        "The Python job " + id_ +
        " has been in one step for 30 s while other jobs are pending. If "
        "it waits for one of them (over HTTP, or by a process), it may wait forever: use "
        "orthanc.rest instead, end the step with \"yield\", or raise the option "
        "\"ConcurrentJobs\"");
  }
}

bool JobSteps::pauseForOthers(std::unique_lock<std::mutex>& lock) {
  othersWerePending_ = false;
  if (!pause(lock)) {
    return false;
  }
  if (phase_ == Phase::running) {
    engineThreads.get().abandonThread();
  }
  host::logInfo("The Python job " + id_ +
                " is paused while it waits, since other jobs are pending");
  return true;
}

// Returns whether the engine will pause the job, and thus call no step until the job is resumed.
bool JobSteps::pause(std::unique_lock<std::mutex>& lock) {
  pausedByPlugin_ = true;
  const bool arranged = arrangeResume(++pauses_);
  const std::string id = id_;
  lock.unlock();
  const bool paused = arranged && host::pauseJob(id);
  lock.lock();
  if (!paused) {
    pausedByPlugin_ = false;
    ++pauses_;
  }
  return paused;
}

bool JobSteps::arrangeResume(unsigned int pause) {
  if (phase_ == Phase::delayed) {
    return resumeAt(delayedUntil_, shared_from_this(), pause);
  }
  try {
    std::thread([self = shared_from_this(), pause] { self->resumeAfter(pause); }).detach();
  } catch (const std::system_error&) {
    return false;
  }
  return true;
}

void JobSteps::resumeAfter(unsigned int pause) {
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait(lock, [&] { return phase_ != Phase::running || pauses_ != pause; });
  while (pauses_ == pause && !host::areRestCallsOfJobsRefused()) {
    const std::string id = id_;
    lock.unlock();
    const host::CallGuard guard;
    if (!guard) {
      return;
    }
    const std::string state = host::jobState(id);
    if (state == "Paused") {
      host::resumeJob(id);
      return;
    }
    if (state != "Running") {
      return;  // it was cancelled
    }
    std::this_thread::sleep_for(kResumeInterval);  // until the engine has paused it
    lock.lock();
  }
}

void JobSteps::resumeRestored() {
  unsigned int pause = 0;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    pausedByPlugin_ = true;
    pause = ++pauses_;
  }
  resumeAfter(pause);
}

void JobSteps::awaitStep() const {
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait(lock, [&] { return phase_ != Phase::running; });
}

bool JobSteps::isPausedByPlugin() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return pausedByPlugin_;
}

bool JobSteps::isInterruptedByStop() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return interruptedByStop_;
}

std::string JobSteps::id() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return id_;
}

void JobSteps::setId(std::string id) {
  const std::lock_guard<std::mutex> lock(mutex_);
  id_ = std::move(id);
}

}  // namespace orthanc

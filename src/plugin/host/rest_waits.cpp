// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "host/rest_waits.hpp"

#include <cstring>

#include "host/context.hpp"

namespace host {

namespace {

// If two requests for the state of a job are further apart, they are not a loop that waits for it.
constexpr std::chrono::seconds kLongestPollInterval{10};

thread_local RestWaits* ofThisThread = nullptr;

std::mutex callsMutex;
int calls = 0;
int scriptThreads = 0;
RestWaits::Clock::time_point scriptThreadsSince;
bool refusing = false;

// Whether the call requests the state of a job, or of an item that belongs to a job.
bool isPoll(_OrthancPluginService service, const void* parameters) {
  const char* uri = nullptr;
  switch (service) {
    case _OrthancPluginService_RestApiGet:
    case _OrthancPluginService_RestApiGetAfterPlugins:
      uri = static_cast<const _OrthancPluginRestApiGet*>(parameters)->uri;
      break;
    case _OrthancPluginService_RestApiGet2:
      uri = static_cast<const _OrthancPluginRestApiGet2*>(parameters)->uri;
      break;
    case _OrthancPluginService_CallRestApi:
      uri = static_cast<const _OrthancPluginCallRestApi*>(parameters)->uri;
      break;
    default:
      return false;
  }
  return std::strncmp(uri, "/jobs/", 6) == 0;
}

}  // namespace

bool isRestCall(_OrthancPluginService service) {
  switch (service) {
    case _OrthancPluginService_RestApiGet:
    case _OrthancPluginService_RestApiPost:
    case _OrthancPluginService_RestApiDelete:
    case _OrthancPluginService_RestApiPut:
    case _OrthancPluginService_RestApiGetAfterPlugins:
    case _OrthancPluginService_RestApiPostAfterPlugins:
    case _OrthancPluginService_RestApiDeleteAfterPlugins:
    case _OrthancPluginService_RestApiPutAfterPlugins:
    case _OrthancPluginService_RestApiGet2:
    case _OrthancPluginService_CallRestApi:
      return true;
    default:
      return false;
  }
}

void RestWaits::begin(bool isPoll) {
  const std::lock_guard<std::mutex> lock(mutex_);
  calling_ = true;
  since_ = Clock::now();
  if (!isPoll || since_ - lastPoll_ > kLongestPollInterval) {
    firstPoll_ = lastPoll_ = since_;
  }
}

void RestWaits::end(bool isPoll) {
  const std::lock_guard<std::mutex> lock(mutex_);
  calling_ = false;
  if (isPoll) {
    lastPoll_ = Clock::now();
  }
}

RestWaits::Clock::duration RestWaits::waitingFor() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto now = Clock::now();
  if (calling_) {
    return now - (lastPoll_ > firstPoll_ ? firstPoll_ : since_);
  }
  return now - lastPoll_ > kLongestPollInterval ? Clock::duration::zero() : lastPoll_ - firstPoll_;
}

bool RestWaits::isCalling() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return calling_;
}

JobOnThisThread::JobOnThisThread(RestWaits& waits) {
  ofThisThread = &waits;
}

JobOnThisThread::~JobOnThisThread() {
  ofThisThread = nullptr;
}

RestCall::RestCall(_OrthancPluginService service, const void* parameters) {
  if (!isRestCall(service)) {
    return;
  }
  waits_ = ofThisThread;
  isScriptThread_ = waits_ == nullptr && !isInCallback();
  const std::lock_guard<std::mutex> lock(callsMutex);
  if (isScriptThread_ && scriptThreads++ == 0) {
    scriptThreadsSince = RestWaits::Clock::now();
  }
  if (waits_ != nullptr && refusing) {
    waits_ = nullptr;
    refused_ = true;
  }
  if (waits_ != nullptr) {
    ++calls;
    isPoll_ = isPoll(service, parameters);
    waits_->begin(isPoll_);
  }
}

RestCall::~RestCall() {
  if (waits_ == nullptr && !isScriptThread_) {
    return;
  }
  const std::lock_guard<std::mutex> lock(callsMutex);
  if (isScriptThread_) {
    --scriptThreads;
    return;
  }
  waits_->end(isPoll_);
  --calls;
}

RestWaits::Clock::duration scriptThreadsWaitingFor() {
  const std::lock_guard<std::mutex> lock(callsMutex);
  return scriptThreads == 0 ? RestWaits::Clock::duration::zero()
                            : RestWaits::Clock::now() - scriptThreadsSince;
}

void refuseRestCallsOfJobs() {
  const std::lock_guard<std::mutex> lock(callsMutex);
  refusing = true;
}

bool areRestCallsOfJobsRefused() {
  const std::lock_guard<std::mutex> lock(callsMutex);
  return refusing;
}

int restCallsOfJobs() {
  const std::lock_guard<std::mutex> lock(callsMutex);
  return calls;
}

void permitRestCallsOfJobs() {
  const std::lock_guard<std::mutex> lock(callsMutex);
  refusing = false;
}

}  // namespace host

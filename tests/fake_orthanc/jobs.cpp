// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "jobs.hpp"

#include <atomic>
#include <string>

#include "callback_kinds.hpp"
#include "enumerators.hpp"
#include "memory.hpp"
#include "registered.hpp"

namespace jobs {

namespace {

std::atomic<int> count{0};

struct Job {
  _OrthancPluginCreateJob parameters;
  std::string type;
};

Job& jobOf(OrthancPluginJob* job) {
  return *reinterpret_cast<Job*>(job);
}

std::string text(const char* value) {
  return std::string(value == nullptr ? "null" : value) + " ";
}

// As Orthanc's jobs engine does, with a pause in between
std::string run(OrthancPluginJob* job) {
  constexpr int mostSteps = 5;
  const _OrthancPluginCreateJob& p = jobOf(job).parameters;
  std::string result = jobOf(job).type + " ";
  for (int i = 0; i < mostSteps; ++i) {
    const OrthancPluginJobStepStatus status = p.step(p.job);
    result += std::to_string(status) + " ";
    result += text(p.getContent(p.job)) + text(p.getSerialized(p.job));
    result += std::to_string(static_cast<int>(100 * p.getProgress(p.job))) + " ";
    if (status != OrthancPluginJobStepStatus_Continue) {
      break;
    }
    p.stop(p.job, enumerator(OrthancPluginJobStopReason_Paused));
  }
  p.stop(p.job, enumerator(OrthancPluginJobStopReason_Success));
  p.reset(p.job);
  destroy(job);
  return result;
}

}  // namespace

void destroy(OrthancPluginJob* job) {
  jobOf(job).parameters.finalize(jobOf(job).parameters.job);
  delete &jobOf(job);
  --count;
}

bool serve(_OrthancPluginService service, const void* parameters) {
  switch (service) {
    case _OrthancPluginService_CreateJob: {
      const auto& p = *static_cast<const _OrthancPluginCreateJob*>(parameters);
      *p.target = reinterpret_cast<OrthancPluginJob*>(new Job{p, p.type});
      ++count;
      return true;
    }
    case _OrthancPluginService_FreeJob:
      destroy(static_cast<const _OrthancPluginFreeJob*>(parameters)->job);
      return true;
    case _OrthancPluginService_SubmitJob: {
      const auto& p = *static_cast<const _OrthancPluginSubmitJob*>(parameters);
      memory::retrieve(p.resultId, run(p.job));
      return true;
    }
    default:
      return false;
  }
}

int alive() {
  return count;
}

}  // namespace jobs

std::string callback_kinds::job(const std::string& data) {
  if (registered.unserializer.unserializer == nullptr) {
    return "";
  }
  // the saved state of a job, or any bytes
  const std::string text = data.rfind('{', 0) == 0 ? data : hex(data);
  OrthancPluginJob* job = registered.unserializer.unserializer("Count", text.c_str());
  return job == nullptr ? "none" : jobs::run(job);
}

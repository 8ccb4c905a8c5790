// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Jobs of Orthanc that a Python object runs. src/orthanc_runtime/jobs.py adds the convenient API.
//
// This file uses the first version of the SDK's function: Orthanc (1.11.3 to 1.13.0) saves the
// content of jobs made by the second version instead of their serialized form.
#include "callbacks/jobs.hpp"

#include <algorithm>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "binding/python_runtime.hpp"
#include "callbacks/callback.hpp"
#include "callbacks/job_steps.hpp"
#include "interpreter/gil_release.hpp"

namespace orthanc {

namespace {

Slot unserializerSlot("callback to restore jobs", "JobsUnserializers");

constexpr const char* kHeadline = "Error in a Python job";

class PythonJob : public JobSteps {
 public:
  explicit PythonJob(PyObject* object) : object_(borrow(object)) {}
  ~PythonJob() override {
    runCallback(kHeadline, [&] { object_ = {}; });
  }
  PythonJob(const PythonJob&) = delete;
  PythonJob& operator=(const PythonJob&) = delete;

  Ref call(const char* name, PyObject* argument = nullptr) const {
    const Ref method = steal(py::Object_GetAttrString(object_.get(), name));
    return steal(py::Object_CallFunctionObjArgs(method.get(), argument, nullptr));
  }

  void stop(OrthancPluginJobStopReason reason) { call("stop", integerObject(reason).get()); }

  void setSaved(const std::string& json) {
    const std::lock_guard<std::mutex> lock(savedMutex_);
    saved_ = json;
  }

  // The JSON that was saved last, for a job whose step was interrupted by the stop of Orthanc
  std::string saved() const {
    const std::lock_guard<std::mutex> lock(savedMutex_);
    return saved_;
  }

 protected:
  StepResult runStep() override;
  void runReset() override {
    runCallback(kHeadline, [&] { call("reset"); });
  }

 private:
  Ref object_;
  mutable std::mutex savedMutex_;
  std::string saved_;
};

// Orthanc's pointer to a job points to a Holder.
using Holder = std::shared_ptr<PythonJob>;

PythonJob& jobOf(void* data) {
  return **static_cast<Holder*>(data);
}

// The destructor acquires the GIL, but a thread that holds it may drop the last reference.
void drop(Holder& job) {
  const interpreter::GilRelease release;
  job.reset();
}

struct DeleteHolder {
  void operator()(Holder* holder) const {
    drop(*holder);
    delete holder;
  }
};

// Jobs that are not submitted yet, by the script's object
std::mutex createdMutex;
std::vector<std::pair<OrthancPluginJob*, const Holder*>> created;

std::set<std::string> createdTypes;

std::vector<std::weak_ptr<PythonJob>> restored;  // they wait for the start of Orthanc

void remember(OrthancPluginJob* job, const Holder* holder, const char* type) {
  const std::lock_guard<std::mutex> lock(createdMutex);
  createdTypes.insert(type);
  created.emplace_back(job, holder);
}

Holder takeCreated(OrthancPluginJob* job) {
  const std::lock_guard<std::mutex> lock(createdMutex);
  const auto found =
      std::find_if(created.begin(), created.end(), [&](auto& pair) { return pair.first == job; });
  if (found == created.end()) {
    return nullptr;
  }
  Holder holder = *found->second;
  created.erase(found);
  return holder;
}

void finalize(void* data) {
  auto* holder = static_cast<Holder*>(data);
  {
    const std::lock_guard<std::mutex> lock(createdMutex);
    created.erase(std::remove_if(created.begin(), created.end(),
                                 [&](auto& pair) { return pair.second == holder; }),
                  created.end());
  }
  delete holder;
}

float getProgress(void* job) {
  float progress = 0;
  runCallback(kHeadline, [&] {
    const Ref result = jobOf(job).call("get_progress");
    const double value = py::Float_AsDouble(result.get());
    if (value == -1.0 && py::Err_Occurred() != nullptr) {
      throw PythonError{};
    }
    if (!(value >= 0 && value <= 1)) {
      raise(builtins.valueError, "The progress of a job is a number from 0 to 1, not %R",
            result.get());
    }
    progress = static_cast<float>(value);
  });
  return progress;
}

// The bytes of a JSON object; an empty reference if the method returned None.
Ref jsonOf(const PythonJob& job, const char* method) {
  const Ref value = job.call(method);
  if (value.get() == builtins.none) {
    return {};
  }
  return steal(
      py::Object_CallFunctionObjArgs(pythonRuntime.encodeJson.get(), value.get(), nullptr));
}

// The JSON for Orthanc, which copies the text before its next call on the same thread.
const char* keepJson(const PythonJob& job, const char* method, std::string& copy) {
  const char* text = nullptr;
  runCallback(kHeadline, [&] {
    const Ref json = jsonOf(job, method);
    if (json) {
      const ResultBytes bytes(json.get(), method);
      copy.assign(static_cast<const char*>(bytes.data()), bytes.size());
      text = copy.c_str();
    }
  });
  return text;
}

const char* getContent(void* job) {
  thread_local std::string content;
  const char* text = keepJson(jobOf(job), "get_content", content);
  return text == nullptr ? "{}" : text;
}

// Adds the data that this plugin needs when Orthanc restores the job; jobs.py removes it.
void addOwnPart(const PythonJob& job, std::string& json) {
  const std::string id = job.id();
  const std::size_t end = json.rfind('}');
  if (id.empty() || end == std::string::npos) {
    return;
  }
  const bool isEmpty = json.find('"') == std::string::npos;
  json.insert(end, std::string(isEmpty ? "" : ", ") + "\"PythonJob\": {\"Id\": \"" + id +
                       "\", \"PausedByPlugin\": " + (job.isPausedByPlugin() ? "true" : "false") +
                       "}");
}

const char* getSerialized(void* data) {
  thread_local std::string serialized;
  PythonJob& job = jobOf(data);
  if (job.isInterruptedByStop()) {
    serialized = job.saved();
    return serialized.empty() ? nullptr : serialized.c_str();
  }
  const char* text = keepJson(job, "get_serialized", serialized);  // nullptr: not to be saved
  if (text == nullptr) {
    return nullptr;
  }
  addOwnPart(job, serialized);
  job.setSaved(serialized);
  return serialized.c_str();
}

// A step returns a value of orthanc.JobStepStatus or, to continue later, a float in seconds.
StepResult stepResult(PyObject* result) {
  if (py::Object_IsInstance(result, builtins.floatType) == 1) {
    const double seconds = py::Float_AsDouble(result);
    if (!(seconds >= 0)) {
      raise(builtins.valueError, "A job cannot wait for %R seconds", result);
    }
    return {OrthancPluginJobStepStatus_Continue, std::chrono::duration<double>(seconds)};
  }
  const long long value = requireInteger(result, "The result of a step of a job");
  if (value < OrthancPluginJobStepStatus_Success || value > OrthancPluginJobStepStatus_Continue ||
      py::Object_IsInstance(result, builtins.boolean) == 1) {
    raise(builtins.valueError, "%R is not a value of orthanc.JobStepStatus", result);
  }
  return {static_cast<OrthancPluginJobStepStatus>(value), {}};
}

StepResult PythonJob::runStep() {
  StepResult result;
  runCallback(kHeadline, [&] { result = stepResult(call("step").get()); });
  return result;
}

OrthancPluginJobStepStatus step(void* job) {
  return jobOf(job).step();
}

OrthancPluginErrorCode stop(void* data, OrthancPluginJobStopReason reason) {
  PythonJob& job = jobOf(data);
  if (reason == OrthancPluginJobStopReason_Paused && job.isPausedByPlugin()) {
    return OrthancPluginErrorCode_Success;
  }
  job.awaitStep();
  return runCallback(kHeadline, [&] { job.stop(reason); });
}

OrthancPluginErrorCode reset(void* job) {
  jobOf(job).reset();
  return OrthancPluginErrorCode_Success;
}

void requireMethods(const Argument& job) {
  for (const char* name :
       {"step", "stop", "reset", "get_progress", "get_content", "get_serialized"}) {
    const Ref method = stealOrNull(py::Object_GetAttrString(job.value, name));
    if (!method) {
      py::Err_Clear();
      raise(builtins.typeError, "CreateJob(): argument 'job' has no method %s()", name);
    }
    callable({method.get(), job.signature, job.index});
  }
}

// `parts` comes from jobs.py, which splits the serialized job: the script's text, the identifier of
// the job, and whether the plugin had paused the job.
void restore(const Holder& job, PyObject* parts) {
  const char* id = py::Unicode_AsUTF8AndSize(py::Tuple_GetItem(parts, 1), nullptr);
  if (!job || id == nullptr) {
    py::Err_Clear();
    return;
  }
  job->setId(id);
  if (py::Object_IsTrue(py::Tuple_GetItem(parts, 2)) == 1) {
    const std::lock_guard<std::mutex> lock(createdMutex);
    restored.push_back(job);
  }
}

OrthancPluginJob* unserialize(const char* type, const char* serialized) {
  OrthancPluginJob* job = nullptr;
  runCallback("Error while restoring a Python job", [&] {
    if (!unserializerSlot.taken()) {
      return;
    }
    const Ref jobType = text(type);
    const Ref saved = text(serialized);
    const Ref parts =
        steal(py::Object_CallFunctionObjArgs(pythonRuntime.decodeJob.get(), saved.get(), nullptr));
    const Ref result = steal(py::Object_CallFunctionObjArgs(
        unserializerSlot.get(), jobType.get(), py::Tuple_GetItem(parts.get(), 0), nullptr));
    if (result.get() == builtins.none) {
      return;  // not a job of this script
    }
    if (steal(py::Object_Type(result.get())).get() != typeOf(ClassId::Job)) {
      raise(builtins.typeError,
            "The unserializer of jobs must return an orthanc.Job or None, not %R", result.get());
    }
    job = static_cast<OrthancPluginJob*>(expire(result.get()));
    if (job == nullptr) {
      raise(builtins.valueError, "The unserializer of jobs must not return a submitted job");
    }
    restore(takeCreated(job), parts.get());
  });
  return job;
}

}  // namespace

std::vector<std::string> createdJobTypes() {
  const std::lock_guard<std::mutex> lock(createdMutex);
  return {createdTypes.begin(), createdTypes.end()};
}

void resumeRestoredJobs() {
  std::vector<std::weak_ptr<PythonJob>> jobs;
  {
    const std::lock_guard<std::mutex> lock(createdMutex);
    jobs.swap(restored);
  }
  if (jobs.empty()) {
    return;
  }
  try {
    std::thread([jobs = std::move(jobs)] {
      for (const std::weak_ptr<PythonJob>& job : jobs) {
        if (const Holder holder = job.lock()) {
          holder->resumeRestored();
        }
      }
    }).detach();
  } catch (const std::system_error&) {
    host::logError(
        "Cannot start a thread: Python jobs stay paused until they are resumed over REST");
  }
}

PyObject* handwritten::CreateJob(PyObject*, PyObject* const* values, Py_ssize_t count,
                                 PyObject* keywords) {
  const Arguments<2> arguments(signatures::CreateJob, values, count, keywords);
  const Text type(arguments[0]);
  requireMethods(arguments[1]);
  std::unique_ptr<Holder, DeleteHolder> handle(
      new Holder(std::make_shared<PythonJob>(arguments[1].value)));
  OrthancPluginJob* job = nullptr;
  const _OrthancPluginCreateJob parameters{&job,       handle.get(),  finalize, type, getProgress,
                                           getContent, getSerialized, step,     stop, reset};
  check(call(_OrthancPluginService_CreateJob, &parameters));
  remember(job, handle.get(), type);
  [[maybe_unused]] Holder* owned = handle.release();  // by Orthanc, until it calls finalize()
  return wrapOwned(ClassId::Job, job).release();
}

PyObject* handwritten::Job_SubmitJob(PyObject* self, PyObject* const* values, Py_ssize_t count,
                                     PyObject* keywords) {
  const Arguments<1> arguments(signatures::Job_SubmitJob, values, count, keywords);
  const int32_t priority = arguments[0].given() ? integer<int32_t>(arguments[0]) : 0;
  const RequiredCallGuard guard(_OrthancPluginService_SubmitJob);
  StringResult id;
  _OrthancPluginSubmitJob parameters{};
  parameters.resultId = id.out();
  // Orthanc owns a submitted job and may delete it at any time
  parameters.job = static_cast<OrthancPluginJob*>(expire(self));
  parameters.priority = priority;
  if (parameters.job == nullptr) {
    raise(builtins.valueError, "This orthanc.Job is submitted already");
  }
  // Not a Holder: Orthanc frees the job if the call fails, and this thread holds the GIL then
  const std::weak_ptr<PythonJob> submitted = takeCreated(parameters.job);
  const OrthancPluginErrorCode code = call(_OrthancPluginService_SubmitJob, &parameters);
  const std::string identifier = *id.out() == nullptr ? "" : *id.out();
  if (Holder job = submitted.lock()) {
    job->setId(identifier);
    drop(job);
  }
  check(code);
  return id.release();
}

PyObject* handwritten::RegisterJobsUnserializer(PyObject*, PyObject* const* values,
                                                Py_ssize_t count, PyObject* keywords) {
  const Arguments<1> arguments(signatures::RegisterJobsUnserializer, values, count, keywords);
  _OrthancPluginJobsUnserializer parameters{};
  parameters.unserializer = unserialize;
  registerCallbacks({{&unserializerSlot, arguments[0]}},
                    _OrthancPluginService_RegisterJobsUnserializer, &parameters);
  return none();
}

}  // namespace orthanc

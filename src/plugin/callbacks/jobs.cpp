// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Jobs of Orthanc whose work is done by a Python object. The comfortable part is written in Python:
// src/orthanc_layer/jobs.py.
//
// The first version of the SDK's function is the one that serves: of a job made by the second one,
// Orthanc (1.11.3 to 1.13.0) saves nothing, because it asks for the content instead.
#include <memory>
#include <string>

#include "callbacks/callback.hpp"
#include "module/layer.hpp"

namespace orthanc {

namespace {

Slot unserializerSlot("callback to restore jobs (classes derived from orthanc.BaseJob use it)");

constexpr const char* headline = "Error in a Python job";

Ref callMethod(void* job, const char* name, PyObject* argument = nullptr) {
  const Ref method = steal(py::Object_GetAttrString(static_cast<Ref*>(job)->get(), name));
  return steal(py::Object_CallFunctionObjArgs(method.get(), argument, nullptr));
}

void finalize(void* job) {
  runCallback(headline, [&] { delete static_cast<Ref*>(job); });
}

float getProgress(void* job) {
  float progress = 0;
  runCallback(headline, [&] {
    const Ref result = callMethod(job, "get_progress");
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
Ref jsonOf(void* job, const char* method) {
  const Ref value = callMethod(job, method);
  if (value.get() == builtins.none) {
    return {};
  }
  return steal(py::Object_CallFunctionObjArgs(layer.encodeJson.get(), value.get(), nullptr));
}

// The JSON as Orthanc takes it: it copies the text before it calls again on the same thread.
const char* keepJson(void* job, const char* method, std::string& copy) {
  const char* text = nullptr;
  runCallback(headline, [&] {
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
  const char* text = keepJson(job, "get_content", content);
  return text == nullptr ? "{}" : text;
}

const char* getSerialized(void* job) {
  thread_local std::string serialized;
  return keepJson(job, "get_serialized", serialized);  // nullptr: not to be saved
}

OrthancPluginJobStepStatus step(void* job) {
  OrthancPluginJobStepStatus status = OrthancPluginJobStepStatus_Failure;
  runCallback(headline, [&] {
    const Ref result = callMethod(job, "step");
    const long long value = requireInteger(result.get(), "What a step of a job returns");
    if (value < OrthancPluginJobStepStatus_Success || value > OrthancPluginJobStepStatus_Continue ||
        py::Object_IsInstance(result.get(), builtins.boolean) == 1) {
      raise(builtins.valueError, "%R is not a value of orthanc.JobStepStatus", result.get());
    }
    status = static_cast<OrthancPluginJobStepStatus>(value);
  });
  return status;
}

OrthancPluginErrorCode stop(void* job, OrthancPluginJobStopReason reason) {
  return runCallback(headline, [&] { callMethod(job, "stop", integerObject(reason).get()); });
}

OrthancPluginErrorCode reset(void* job) {
  return runCallback(headline, [&] { callMethod(job, "reset"); });
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

OrthancPluginJob* unserialize(const char* type, const char* serialized) {
  OrthancPluginJob* job = nullptr;
  runCallback("Error while restoring a Python job", [&] {
    if (!unserializerSlot.taken()) {
      return;
    }
    const Ref jobType = text(type);
    const Ref json = text(serialized);
    const Ref result = steal(
        py::Object_CallFunctionObjArgs(unserializerSlot.get(), jobType.get(), json.get(), nullptr));
    if (result.get() == builtins.none) {
      return;  // not a job of this script
    }
    if (steal(py::Object_Type(result.get())).get() != typeOf(ClassId::Job)) {
      raise(builtins.typeError, "What restores a job must return an orthanc.Job or None, not %R",
            result.get());
    }
    job = static_cast<OrthancPluginJob*>(expire(result.get()));
    if (job == nullptr) {
      raise(builtins.valueError, "What restores a job has returned one that is submitted already");
    }
  });
  return job;
}

}  // namespace

PyObject* handwritten::CreateJob(PyObject*, PyObject* const* values, Py_ssize_t count,
                                 PyObject* keywords) {
  const Arguments<2> arguments(signatures::CreateJob, values, count, keywords);
  const Text type(arguments[0]);
  requireMethods(arguments[1]);
  auto handle = std::make_unique<Ref>(borrow(arguments[1].value));
  OrthancPluginJob* job = nullptr;
  const _OrthancPluginCreateJob parameters{&job,       handle.get(),  finalize, type, getProgress,
                                           getContent, getSerialized, step,     stop, reset};
  check(call(_OrthancPluginService_CreateJob, &parameters));
  [[maybe_unused]] Ref* owned = handle.release();  // by Orthanc, until it calls finalize()
  return wrapOwned(ClassId::Job, job).release();
}

PyObject* handwritten::Job_SubmitJob(PyObject* self, PyObject* const* values, Py_ssize_t count,
                                     PyObject* keywords) {
  const Arguments<1> arguments(signatures::Job_SubmitJob, values, count, keywords);
  const int32_t priority = arguments[0].given() ? integer<int32_t>(arguments[0]) : 0;
  const host::Passage passage;
  if (!passage) {
    raiseOrthanc(OrthancPluginErrorCode_BadSequenceOfCalls, "Orthanc is stopping");
  }
  StringResult id;
  _OrthancPluginSubmitJob parameters{};
  parameters.resultId = id.out();
  // Orthanc owns a job that was submitted, and deletes it whenever it likes
  parameters.job = static_cast<OrthancPluginJob*>(expire(self));
  parameters.priority = priority;
  if (parameters.job == nullptr) {
    raise(builtins.valueError, "This orthanc.Job is submitted already");
  }
  check(call(_OrthancPluginService_SubmitJob, &parameters));
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

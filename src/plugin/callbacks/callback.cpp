// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "callbacks/callback.hpp"

#include <cstring>
#include <limits>

#include "binding/python_runtime.hpp"

namespace orthanc {

namespace {

Slot* firstSlot = nullptr;  // filled by static constructors, unchanged afterwards

std::string placeOfCaller() {
  return logText(
      steal(py::Object_CallFunctionObjArgs(pythonRuntime.placeOfCaller.get(), nullptr)).get());
}

}  // namespace

Slot::Slot(const char* details, const char* combination)
    : details_(details), combination_(combination), next_(firstSlot) {
  firstSlot = this;
}

void Slot::take(PyObject* callable) {
  const std::string place = placeOfCaller();
  PyObject* expected = nullptr;
  Ref reference = borrow(callable);
  if (!callable_.compare_exchange_strong(expected, reference.get())) {
    raise(builtins.runtimeError, "Can only register one %s: the first one was registered at %s",
          details_, firstPlace().c_str());
  }
  reference.release();
  const std::lock_guard<std::mutex> lock(placeMutex_);
  place_ = place;
}

bool Slot::combine(PyObject* callable, _OrthancPluginService service) {
  PyObject* current = callable_;
  if (combination_ == nullptr || current == nullptr) {
    return false;
  }
  if (service_ != service) {
    raise(builtins.runtimeError,
          "Can only register one kind of %s: use the function of the registration at %s", details_,
          firstPlace().c_str());
  }
  const Ref name = text(combination_);
  for (;;) {
    Ref combined = steal(py::Object_CallFunctionObjArgs(pythonRuntime.combineCallbacks.get(),
                                                        name.get(), current, callable, nullptr));
    if (combined.get() == current) {
      return true;  // it has added the callable
    }
    PyObject* const first = current;
    if (callable_.compare_exchange_strong(current, combined.get())) {
      combined.release();
      steal(first);
      return true;
    }
    if (current == nullptr) {
      return false;
    }
  }
}

std::string Slot::firstPlace() const {
  const std::lock_guard<std::mutex> lock(placeMutex_);
  return place_;
}

void Slot::clear() {
  stealOrNull(callable_.exchange(nullptr));
}

void Slot::clearAll() {
  for (Slot* slot = firstSlot; slot != nullptr; slot = slot->next_) {
    slot->clear();
  }
}

std::vector<std::pair<std::string, std::string>> Slot::allTaken() {
  std::vector<std::pair<std::string, std::string>> result;
  for (const Slot* slot = firstSlot; slot != nullptr; slot = slot->next_) {
    if (slot->taken()) {
      result.emplace_back(slot->details_, slot->firstPlace());
    }
  }
  return result;
}

ResultBytes::ResultBytes(PyObject* object, const char* what) {
  if (py::Object_CheckBuffer(object) == 0) {
    encoded_ =
        steal(py::Object_CallFunctionObjArgs(pythonRuntime.encodeIfDataset.get(), object, nullptr));
    object = encoded_.get();
  }
  if (py::Object_CheckBuffer(object) == 0) {
    refuseResult(object, what, "bytes");
  }
  succeed(py::Object_GetBuffer(object, &view_, PyBUF_SIMPLE));
}

#ifdef _WIN32
void requireRegularExpression(const Argument& argument) {
  const Ref module = steal(py::Import_ImportModule("re"));
  const Ref compile = steal(py::Object_GetAttrString(module.get(), "compile"));
  const Ref compiled =
      stealOrNull(py::Object_CallFunctionObjArgs(compile.get(), argument.value, nullptr));
  if (!compiled) {
    py::Err_Clear();
    raise(builtins.valueError, "%s(): argument '%s' is not a valid regular expression: %R",
          argument.signature->name, argument.name(), argument.value);
  }
}
#else
void requireRegularExpression(const Argument&) {}
#endif

void copyTo(OrthancPluginMemoryBuffer* target, const void* data, std::size_t size) {
  if (size > std::numeric_limits<uint32_t>::max()) {
    raise(builtins.overflowError,
          "The result is larger than 4294967295 bytes, the limit of Orthanc's SDK for it");
  }
  _OrthancPluginCreateMemoryBuffer parameters{};
  parameters.target = target;
  parameters.size = static_cast<uint32_t>(size);
  check(call(_OrthancPluginService_CreateMemoryBuffer, &parameters));
  if (size != 0) {
    std::memcpy(target->data, data, size);
  }
}

void copyTo(OrthancPluginMemoryBuffer* target, const ResultBytes& source) {
  copyTo(target, source.data(), source.size());
}

void copyTo(OrthancPluginMemoryBuffer64* target, const ResultBytes& source) {
  _OrthancPluginCreateMemoryBuffer64 parameters{};
  parameters.target = target;
  parameters.size = source.size();
  check(call(_OrthancPluginService_CreateMemoryBuffer64, &parameters));
  if (source.size() != 0) {
    std::memcpy(target->data, source.data(), source.size());
  }
}

}  // namespace orthanc

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "callbacks/callback.hpp"

#include <cstring>
#include <limits>

#include "binding/python_runtime.hpp"

namespace orthanc {

namespace {

Slot* firstSlot = nullptr;  // filled by static constructors, unchanged afterwards

}  // namespace

Slot::Slot(const char* details) : details_(details), next_(firstSlot) {
  firstSlot = this;
}

void Slot::take(PyObject* callable) {
  PyObject* expected = nullptr;
  Ref reference = borrow(callable);
  if (!callable_.compare_exchange_strong(expected, reference.get())) {
    raise(builtins.runtimeError, "Can only register one %s", details_);
  }
  reference.release();
}

void Slot::clear() {
  stealOrNull(callable_.exchange(nullptr));
}

void Slot::clearAll() {
  for (Slot* slot = firstSlot; slot != nullptr; slot = slot->next_) {
    slot->clear();
  }
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

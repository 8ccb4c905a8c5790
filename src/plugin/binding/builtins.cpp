// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "binding/builtins.hpp"

namespace orthanc {

Builtins builtins{};

namespace {

PyObject* fetch(const char* name) {
  PyObject* value = py::Dict_GetItemString(py::Eval_GetBuiltins(), name);
  if (value == nullptr) {
    throw PythonError{};
  }
  return borrow(value).release();  // kept until the process ends
}

}  // namespace

void fetchBuiltins() {
  builtins.none = fetch("None");
  builtins.str = fetch("str");
  builtins.boolean = fetch("bool");
  builtins.floatType = fetch("float");
  builtins.exec = fetch("exec");
  builtins.compile = fetch("compile");
  builtins.exception = fetch("Exception");
  builtins.typeError = fetch("TypeError");
  builtins.valueError = fetch("ValueError");
  builtins.overflowError = fetch("OverflowError");
  builtins.runtimeError = fetch("RuntimeError");
  builtins.attributeError = fetch("AttributeError");
  builtins.memoryError = fetch("MemoryError");
  builtins.bufferError = fetch("BufferError");
  builtins.indexError = fetch("IndexError");
  const Ref size = steal(py::Object_GetAttrString(fetch("object"), "__basicsize__"));
  builtins.objectSize = static_cast<int>(py::Long_AsLongLong(size.get()));
}

}  // namespace orthanc

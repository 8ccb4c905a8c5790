// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "binding/values.hpp"

namespace orthanc {

void refuseResult(PyObject* object, const char* what, const char* expected) {
  const Ref type = steal(py::Object_Type(object));
  const Ref name = steal(py::Object_GetAttrString(type.get(), "__name__"));
  raise(builtins.typeError, "%s must be %s, not %U", what, expected, name.get());
}

bool isBoolean(PyObject* object) {
  return steal(py::Object_Type(object)).get() == builtins.boolean;
}

long long requireInteger(PyObject* object, const char* what) {
  const Ref index = stealOrNull(py::Number_Index(object));
  if (!index) {
    py::Err_Clear();
    refuseResult(object, what, "int");
  }
  const long long value = py::Long_AsLongLong(index.get());
  if (value == -1 && py::Err_Occurred() != nullptr) {
    throw PythonError{};
  }
  return value;
}

long long requireEnumerator(PyObject* object, const char* what) {
  if (py::Object_IsInstance(object, builtins.boolean) == 1) {
    refuseResult(object, what, "int");
  }
  return requireInteger(object, what);
}

}  // namespace orthanc

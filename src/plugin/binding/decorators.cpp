// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include <vector>

#include "binding/wrappers.hpp"

namespace orthanc {

namespace {

// functools.partial(function, *values)
PyObject* partial(PyObject* function, const std::vector<PyObject*>& values) {
  const Ref module = steal(py::Import_ImportModule("functools"));
  const Ref type = steal(py::Object_GetAttrString(module.get(), "partial"));
  const Ref arguments = steal(py::Tuple_New(static_cast<Py_ssize_t>(values.size()) + 1));
  succeed(py::Tuple_SetItem(arguments.get(), 0, borrow(function).release()));
  for (std::size_t i = 0; i < values.size(); ++i) {
    succeed(py::Tuple_SetItem(arguments.get(), static_cast<Py_ssize_t>(i) + 1,
                              borrow(values[i]).release()));
  }
  return steal(py::Object_CallObject(type.get(), arguments.get())).release();
}

}  // namespace

PyObject* registerOrDecorate(Wrapper wrapper, const Signature& signature, PyObject* module,
                             PyObject* const* values, Py_ssize_t count, PyObject* keywords) {
  Signature withoutCallback = signature;
  if (signature.count > 1) {  // a decorator without arguments is the function itself
    withoutCallback.required = signature.required - 1;
  }
  std::vector<PyObject*> sorted(static_cast<std::size_t>(signature.count));
  bindArguments(withoutCallback, values, count, keywords, sorted.data());
  PyObject* const callback = sorted.back();
  if (callback == nullptr) {
    sorted.pop_back();
    const Ref function = steal(py::Object_GetAttrString(module, signature.name));
    return partial(function.get(), sorted);
  }
  steal(wrapper(module, values, count, keywords));
  return borrow(callback).release();
}

}  // namespace orthanc

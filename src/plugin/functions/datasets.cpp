// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "binding/python_runtime.hpp"
#include "binding/wrappers.hpp"
#include "generated/handwritten.hpp"
#include "generated/signatures.hpp"

namespace orthanc {

PyObject* handwritten::DicomInstance_GetDataset(PyObject* self, PyObject* const* values,
                                                Py_ssize_t count, PyObject* keywords) {
  const Arguments<1> arguments(signatures::DicomInstance_GetDataset, values, count, keywords);
  const Ref stopBeforePixels = steal(py::Bool_FromLong(truth(arguments[0]) ? 1 : 0));
  const Ref dicom = steal(DicomInstance_GetInstanceData(self, nullptr, 0, nullptr));
  return steal(py::Object_CallFunctionObjArgs(pythonRuntime.decodeDataset.get(), dicom.get(),
                                              stopBeforePixels.get(), nullptr))
      .release();
}

}  // namespace orthanc

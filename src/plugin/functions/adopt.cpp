// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Adopting DICOM files that are already in a storage area.
#include "binding/wrappers.hpp"
#include "generated/handwritten.hpp"
#include "generated/signatures.hpp"

namespace orthanc {

namespace {

Ref textOf(BytesResult& result) {
  const OrthancPluginMemoryBuffer& buffer = *result.out();
  return text(static_cast<const char*>(buffer.data), buffer.size);
}

}  // namespace

PyObject* handwritten::AdoptDicomInstance(PyObject*, PyObject* const* values, Py_ssize_t count,
                                          PyObject* keywords) {
  const Arguments<2> arguments(signatures::AdoptDicomInstance, values, count, keywords);
  const Buffer dicom(arguments[0]);
  const Buffer customData(arguments[1]);
  BytesResult instanceId;
  BytesResult attachmentUuid;
  OrthancPluginStoreStatus status = OrthancPluginStoreStatus_Failure;
  _OrthancPluginAdoptDicomInstance parameters{};
  parameters.instanceId = instanceId.out();
  parameters.attachmentUuid = attachmentUuid.out();
  parameters.storeStatus = &status;
  parameters.dicom = dicom.data();
  parameters.dicomSize = dicom.size<uint64_t>();
  parameters.customData = customData.data();
  parameters.customDataSize = customData.size<uint32_t>();
  check(call(_OrthancPluginService_AdoptDicomInstance, &parameters));
  Ref result = steal(py::Tuple_New(3));
  succeed(py::Tuple_SetItem(result.get(), 0, textOf(instanceId).release()));
  succeed(py::Tuple_SetItem(result.get(), 1, textOf(attachmentUuid).release()));
  succeed(py::Tuple_SetItem(result.get(), 2, steal(number(status)).release()));
  return result.release();
}

}  // namespace orthanc

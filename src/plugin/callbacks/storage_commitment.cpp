// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Storage commitment SCP.
#include <memory>

#include "callbacks/callback.hpp"

namespace orthanc {

namespace {

Slot createSlot("callback to handle storage commitment requests");
Slot lookupSlot("callback to look up the instances of a storage commitment request");

Ref listOf(const char* const* values, uint32_t count) {
  Ref list = steal(py::List_New(count));
  for (uint32_t i = 0; i < count; ++i) {
    succeed(py::List_SetItem(list.get(), i, text(values[i]).release()));
  }
  return list;
}

struct Request {
  const char *jobId, *transactionUid;
  const char *const *classUids, *const *instanceUids;
  uint32_t count;
};

// Calls the script; its result is the handler of the request. `peer` identifies the other side: one
// connection, or two AE titles.
template <class... Peer>
void create(void** handler, const Request& request, const Peer&... peer) {
  if (!createSlot.taken()) {
    raiseOrthanc(OrthancPluginErrorCode_BadSequenceOfCalls);
  }
  const Ref jobId = text(request.jobId);
  const Ref transactionUid = text(request.transactionUid);
  const Ref classUids = listOf(request.classUids, request.count);
  const Ref instanceUids = listOf(request.instanceUids, request.count);
  *handler =
      std::make_unique<Ref>(steal(py::Object_CallFunctionObjArgs(
                                createSlot.get(), jobId.get(), transactionUid.get(),
                                classUids.get(), instanceUids.get(), peer.get()..., nullptr)))
          .release();
}

OrthancPluginErrorCode onRequest(void** handler, const char* jobId, const char* transactionUid,
                                 const char* const* classUids, const char* const* instanceUids,
                                 uint32_t count, const char* remoteAet, const char* calledAet) {
  const subject::Modality modality{remoteAet};
  return runCallback("Error in the Python storage commitment SCP callback", modality, [&] {
    create(handler, {jobId, transactionUid, classUids, instanceUids, count}, text(remoteAet),
           text(calledAet));
  });
}

OrthancPluginErrorCode onRequest2(void** handler, const char* jobId, const char* transactionUid,
                                  const char* const* classUids, const char* const* instanceUids,
                                  uint32_t count, const OrthancPluginDicomConnection* connection) {
  const subject::Connection modality{connection};
  return runCallback("Error in the Python storage commitment SCP callback (v2)", modality, [&] {
    const Borrowed connectionObject(ClassId::DicomConnection, connection);
    create(handler, {jobId, transactionUid, classUids, instanceUids, count}, connectionObject);
  });
}

// Orthanc ends a request without a report if it gets another value.
bool isReason(long long value) {
  switch (value) {
    case OrthancPluginStorageCommitmentFailureReason_Success:
    case OrthancPluginStorageCommitmentFailureReason_ProcessingFailure:
    case OrthancPluginStorageCommitmentFailureReason_NoSuchObjectInstance:
    case OrthancPluginStorageCommitmentFailureReason_ResourceLimitation:
    case OrthancPluginStorageCommitmentFailureReason_ReferencedSOPClassNotSupported:
    case OrthancPluginStorageCommitmentFailureReason_ClassInstanceConflict:
    case OrthancPluginStorageCommitmentFailureReason_DuplicateTransactionUID:
      return true;
    default:
      return false;
  }
}

OrthancPluginErrorCode lookup(OrthancPluginStorageCommitmentFailureReason* target, void* handler,
                              const char* classUid, const char* instanceUid) {
  // Orthanc presets success, and a modality deletes its data after that. An error code would end
  // the request without a report, so that the modality would wait forever.
  *target = OrthancPluginStorageCommitmentFailureReason_ProcessingFailure;
  const subject::Named subject{"the SOP instance", instanceUid};
  runCallback("Error in the Python storage commitment Lookup callback", subject, [&] {
    const Ref sopClass = text(classUid);
    const Ref sopInstance = text(instanceUid);
    const Ref result =
        steal(py::Object_CallFunctionObjArgs(lookupSlot.get(), sopClass.get(), sopInstance.get(),
                                             static_cast<Ref*>(handler)->get(), nullptr));
    const long long reason =
        requireEnumerator(result.get(), "The result of a storage commitment lookup");
    if (!isReason(reason)) {
      raise(builtins.valueError, "%lld is not a value of orthanc.StorageCommitmentFailureReason",
            reason);
    }
    *target = static_cast<OrthancPluginStorageCommitmentFailureReason>(reason);
  });
  return OrthancPluginErrorCode_Success;
}

void freeHandler(void* handler) {
  runCallback("Error in the Python storage commitment destructor",
              [&] { delete static_cast<Ref*>(handler); });
}

template <class Parameters, class Factory>
PyObject* registerBoth(const Signature& signature, PyObject* const* values, Py_ssize_t count,
                       PyObject* keywords, _OrthancPluginService service, Factory factory) {
  const Arguments<2> arguments(signature, values, count, keywords);
  Parameters parameters{};
  parameters.factory = factory;
  parameters.destructor = freeHandler;
  parameters.lookup = lookup;
  registerCallbacks({{&createSlot, arguments[0]}, {&lookupSlot, arguments[1]}}, service,
                    &parameters);
  return none();
}

}  // namespace

PyObject* handwritten::RegisterStorageCommitmentScpCallback(PyObject*, PyObject* const* values,
                                                            Py_ssize_t count, PyObject* keywords) {
  return registerBoth<_OrthancPluginRegisterStorageCommitmentScpCallback>(
      signatures::RegisterStorageCommitmentScpCallback, values, count, keywords,
      _OrthancPluginService_RegisterStorageCommitmentScpCallback, onRequest);
}

PyObject* handwritten::RegisterStorageCommitmentScpCallback2(PyObject*, PyObject* const* values,
                                                             Py_ssize_t count, PyObject* keywords) {
  return registerBoth<_OrthancPluginRegisterStorageCommitmentScpCallback2>(
      signatures::RegisterStorageCommitmentScpCallback2, values, count, keywords,
      _OrthancPluginService_RegisterStorageCommitmentScpCallback2, onRequest2);
}

}  // namespace orthanc

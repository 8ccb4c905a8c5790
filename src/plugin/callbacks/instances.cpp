// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Callbacks for incoming DICOM instances: the C-STORE filter, the modification of received
// instances, and the notice that an instance was stored.
#include "callbacks/instances.hpp"

#include "callbacks/callback.hpp"

namespace orthanc {

namespace {

Slot storedSlot("callback to listen to stored instances", "Events");
Slot receivedSlot("callback to listen to received instances", "ReceivedInstances");
Slot filterSlot("callback to filter incoming C-STORE instances", "CStoreFilters");
Slot anyFilterSlot("callback to filter incoming DICOM instances", "Filters");

std::atomic<bool> refusesInstanceOnException{false};

OrthancPluginErrorCode onStored(const OrthancPluginDicomInstance* instance,
                                const char* instanceId) {
  const subject::Named subject{"the instance", instanceId};
  return runCallback("Error in the Python on-stored-instance callback", subject, [&] {
    if (!storedSlot.taken()) {
      return;
    }
    const Borrowed dicom(ClassId::DicomInstance, instance);
    const Ref id = text(instanceId);
    steal(py::Object_CallFunctionObjArgs(storedSlot.get(), dicom.get(), id.get(), nullptr));
  });
}

// (action, modified DICOM file or None)
OrthancPluginReceivedInstanceAction applyReceived(PyObject* result,
                                                  OrthancPluginMemoryBuffer64* modified) {
  if (py::Tuple_Size(result) != 2) {
    py::Err_Clear();
    raise(builtins.typeError,
          "The received-instance callback must return a tuple (ReceivedInstanceAction, bytes or "
          "None), not %R",
          result);
  }
  const long long action =
      requireEnumerator(py::Tuple_GetItem(result, 0), "The action of a received instance");
  switch (action) {
    case OrthancPluginReceivedInstanceAction_KeepAsIs:
    case OrthancPluginReceivedInstanceAction_Discard:
      break;
    case OrthancPluginReceivedInstanceAction_Modify: {
      const ResultBytes dicom(py::Tuple_GetItem(result, 1), "A modified DICOM instance");
      if (dicom.size() == 0) {
        raise(builtins.valueError, "A modified DICOM instance must not be empty");
      }
      copyTo(modified, dicom);
      break;
    }
    default:
      raise(builtins.valueError, "%lld is not a value of orthanc.ReceivedInstanceAction", action);
  }
  return static_cast<OrthancPluginReceivedInstanceAction>(action);
}

// Whether the original is stored after an exception of the script, as orthanc-python 7.1 does. A
// SystemExit or MemoryError says nothing about the instance.
bool keepsOriginal() {
  return !refusesInstanceOnException && py::Err_ExceptionMatches(builtins.exception) != 0 &&
         py::Err_ExceptionMatches(builtins.memoryError) == 0;
}

OrthancPluginReceivedInstanceAction onReceived(OrthancPluginMemoryBuffer64* modified,
                                               const void* dicom, uint64_t size,
                                               OrthancPluginInstanceOrigin origin) {
  // Not a value of the enumeration: Orthanc stores nothing and reports that to the sender
  // NOLINTNEXTLINE(clang-analyzer-optin.core.EnumCastOutOfRange)
  constexpr auto kRefuse = static_cast<OrthancPluginReceivedInstanceAction>(0);
  OrthancPluginReceivedInstanceAction action = kRefuse;
  runCallback("Error in the Python received instance callback", [&] {
    if (!receivedSlot.taken()) {
      raiseOrthanc(OrthancPluginErrorCode_BadSequenceOfCalls, "Orthanc is stopping");
    }
    const Ref data = bytesObject(dicom, size);
    const Ref from = integerObject(origin);
    const Ref result = stealOrNull(
        py::Object_CallFunctionObjArgs(receivedSlot.get(), data.get(), from.get(), nullptr));
    if (!result) {
      action = keepsOriginal() ? OrthancPluginReceivedInstanceAction_KeepAsIs : kRefuse;
      throw PythonError{};
    }
    action = applyReceived(result.get(), modified);
  });
  if (action == kRefuse) {
    host::logError(
        "The received instance is refused: its Python callback did not choose an action");
  }
  return action;
}

constexpr uint16_t kRefusedOutOfResources = 0xA700;  // DICOM PS3.4, B.2.3

int32_t filterStore(uint16_t* dimseStatus, const OrthancPluginDicomInstance* instance) {
  constexpr int32_t kStore = 1;
  constexpr int32_t kReject = 0;
  int32_t verdict = kReject;
  *dimseStatus = kRefusedOutOfResources;
  const subject::Sender sender{instance};
  runCallback("Error in the Python incoming-cstore-instance callback", sender, [&] {
    if (!filterSlot.taken()) {
      return;
    }
    const Borrowed dicom(ClassId::DicomInstance, instance);
    const Ref result =
        steal(py::Object_CallFunctionObjArgs(filterSlot.get(), dicom.get(), nullptr));
    const long long status = requireInteger(result.get(), "The DIMSE status of a C-STORE filter");
    if (status != 0 && isBoolean(result.get())) {
      raise(builtins.typeError,
            "A C-STORE filter returns a DIMSE status (0 to store, else rejected), not True");
    }
    if (status < 0 || status > 0xFFFF) {
      raise(builtins.valueError, "%lld is not a DIMSE status (0 to 0xFFFF)", status);
    }
    verdict = status == 0 ? kStore : kReject;
    *dimseStatus = static_cast<uint16_t>(status);
  });
  return verdict;
}

int32_t filterAny(const OrthancPluginDicomInstance* instance) {
  constexpr int32_t kStore = 1;
  constexpr int32_t kDiscard = 0;
  constexpr int32_t kFailed = -1;
  int32_t verdict = kFailed;
  runCallback("Error in the Python incoming-instance filter", subject::Sender{instance}, [&] {
    if (!anyFilterSlot.taken()) {
      return;
    }
    const Borrowed dicom(ClassId::DicomInstance, instance);
    const Ref result =
        steal(py::Object_CallFunctionObjArgs(anyFilterSlot.get(), dicom.get(), nullptr));
    if (!isBoolean(result.get())) {
      raise(builtins.typeError,
            "The incoming-instance filter must return True (store) or False (discard), not %R",
            result.get());
    }
    verdict = py::Object_IsTrue(result.get()) == 1 ? kStore : kDiscard;
  });
  return verdict;
}

}  // namespace

void refuseInstanceOnException(bool refuse) {
  refusesInstanceOnException = refuse;
  receivedSlot.setCombination(refuse ? "StrictReceivedInstances" : "ReceivedInstances");
}

PyObject* handwritten::RegisterOnStoredInstanceCallback(PyObject*, PyObject* const* values,
                                                        Py_ssize_t count, PyObject* keywords) {
  const Arguments<1> arguments(signatures::RegisterOnStoredInstanceCallback, values, count,
                               keywords);
  const Ref callback = callableOrCoroutine(arguments[0], true);
  _OrthancPluginOnStoredInstanceCallback parameters{};
  parameters.callback = onStored;
  registerCallbacks({{&storedSlot, arguments[0].with(callback.get())}},
                    _OrthancPluginService_RegisterOnStoredInstanceCallback, &parameters);
  return none();
}

PyObject* handwritten::RegisterReceivedInstanceCallback(PyObject*, PyObject* const* values,
                                                        Py_ssize_t count, PyObject* keywords) {
  const Arguments<1> arguments(signatures::RegisterReceivedInstanceCallback, values, count,
                               keywords);
  _OrthancPluginReceivedInstanceCallback parameters{};
  parameters.callback = onReceived;
  registerCallbacks({{&receivedSlot, arguments[0]}},
                    _OrthancPluginService_RegisterReceivedInstanceCallback, &parameters);
  return none();
}

PyObject* handwritten::RegisterIncomingDicomInstanceFilter(PyObject*, PyObject* const* values,
                                                           Py_ssize_t count, PyObject* keywords) {
  const Arguments<1> arguments(signatures::RegisterIncomingDicomInstanceFilter, values, count,
                               keywords);
  const _OrthancPluginIncomingDicomInstanceFilter parameters{filterAny};
  registerCallbacks({{&anyFilterSlot, arguments[0]}},
                    _OrthancPluginService_RegisterIncomingDicomInstanceFilter, &parameters);
  return none();
}

PyObject* handwritten::RegisterIncomingCStoreInstanceFilter(PyObject*, PyObject* const* values,
                                                            Py_ssize_t count, PyObject* keywords) {
  const Arguments<1> arguments(signatures::RegisterIncomingCStoreInstanceFilter, values, count,
                               keywords);
  _OrthancPluginIncomingCStoreInstanceFilter parameters{};
  parameters.callback = filterStore;
  registerCallbacks({{&filterSlot, arguments[0]}},
                    _OrthancPluginService_RegisterIncomingCStoreInstanceFilter, &parameters);
  return none();
}

}  // namespace orthanc

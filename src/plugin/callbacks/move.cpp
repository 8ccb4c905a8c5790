// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// C-MOVE. Three registrations share one implementation: the driver of a request is a Python object
// or, for the first registration, the keywords of the only call.
#include <limits>
#include <memory>
#include <string>

#include "callbacks/callback.hpp"

namespace orthanc {

namespace {

Slot createSlot("callback to handle C-MOVE requests");
Slot sizeSlot("callback to count the sub-operations of C-MOVE");
Slot applySlot("callback to apply a sub-operation of C-MOVE");
Slot freeSlot("callback to free a C-MOVE driver");

// "" if the request has no level; the number of a level that this release does not know
Ref levelName(OrthancPluginResourceType level) {
  switch (level) {
    case OrthancPluginResourceType_Patient:
      return text("PATIENT");
    case OrthancPluginResourceType_Study:
      return text("STUDY");
    case OrthancPluginResourceType_Series:
      return text("SERIES");
    case OrthancPluginResourceType_Instance:
      return text("INSTANCE");
    case OrthancPluginResourceType_None:
      return text("");
    default:
      return text(std::to_string(level).c_str());
  }
}

struct Request {
  OrthancPluginResourceType level;
  const char *patientId, *accessionNumber, *studyUid, *seriesUid, *sopUid, *targetAet;
  uint16_t originatorId;
};

Ref keywordsOf(const Request& request) {
  Ref keywords = steal(py::Dict_New());
  setItem(keywords.get(), "Level", levelName(request.level));
  setItem(keywords.get(), "PatientID", text(request.patientId));
  setItem(keywords.get(), "AccessionNumber", text(request.accessionNumber));
  setItem(keywords.get(), "StudyInstanceUID", text(request.studyUid));
  setItem(keywords.get(), "SeriesInstanceUID", text(request.seriesUid));
  setItem(keywords.get(), "SOPInstanceUID", text(request.sopUid));
  setItem(keywords.get(), "TargetAET", text(request.targetAet));
  setItem(keywords.get(), "OriginatorID", integerObject(request.originatorId));
  return keywords;
}

// Calls the script with keywords only, or after one positional argument.
Ref callCreate(PyObject* first, PyObject* keywords) {
  if (!createSlot.taken()) {
    raiseOrthanc(OrthancPluginErrorCode_BadSequenceOfCalls);
  }
  const Ref positional = steal(py::Tuple_New(first == nullptr ? 0 : 1));
  if (first != nullptr) {
    succeed(py::Tuple_SetItem(positional.get(), 0, borrow(first).release()));
  }
  return steal(py::Object_Call(createSlot.get(), positional.get(), keywords));
}

// Orthanc keeps this data between the calls. A driver may be None, so the pointer is never null.
struct Driver {
  Ref object;
  bool failed = false;
  std::string subject;  // of the headline of its exceptions
  std::string text() const { return subject; }
};

// The start of a request for the first two registrations.
Ref keywordsWithTitles(const Request& request, const char* originatorAet, const char* sourceAet) {
  Ref keywords = keywordsOf(request);
  setItem(keywords.get(), "OriginatorAET", text(originatorAet));
  setItem(keywords.get(), "SourceAET", text(sourceAet));
  return keywords;
}

void* createV1(OrthancPluginResourceType level, const char* patientId, const char* accessionNumber,
               const char* studyUid, const char* seriesUid, const char* sopUid,
               const char* originatorAet, const char* sourceAet, const char* targetAet,
               uint16_t originatorId) {
  const Request request{level,     patientId, accessionNumber, studyUid,
                        seriesUid, sopUid,    targetAet,       originatorId};
  void* driver = nullptr;
  runCallback("Error in the Python C-MOVE SCP callback (v1)", [&] {
    driver = new Driver{keywordsWithTitles(request, originatorAet, sourceAet), false,
                        subject::Modality{sourceAet}.text()};
  });
  return driver;
}

uint32_t sizeV1(void*) {
  return 1;
}

OrthancPluginErrorCode applyV1(void* driver) {
  const Driver& move = *static_cast<Driver*>(driver);
  return runCallback("Error in the Python C-MOVE SCP callback (v1)", move,
                     [&] { callCreate(nullptr, move.object.get()); });
}

void freeDriver(void* driver) {
  runCallback("Error in the Python C-MOVE SCP callback (Free)",
              [&] { delete static_cast<Driver*>(driver); });
}

void* createV2(OrthancPluginResourceType level, const char* patientId, const char* accessionNumber,
               const char* studyUid, const char* seriesUid, const char* sopUid,
               const char* originatorAet, const char* sourceAet, const char* targetAet,
               uint16_t originatorId) {
  const Request request{level,     patientId, accessionNumber, studyUid,
                        seriesUid, sopUid,    targetAet,       originatorId};
  void* driver = nullptr;
  const subject::Modality modality{sourceAet};
  runCallback("Error in the Python C-MOVE SCP callback (Create v2)", modality, [&] {
    const Ref keywords = keywordsWithTitles(request, originatorAet, sourceAet);
    driver = new Driver{callCreate(nullptr, keywords.get()), false, modality.text()};
  });
  return driver;
}

void* createV3(OrthancPluginResourceType level, const char* patientId, const char* accessionNumber,
               const char* studyUid, const char* seriesUid, const char* sopUid,
               const OrthancPluginDicomConnection* connection, const char* targetAet,
               uint16_t originatorId) {
  void* driver = nullptr;
  const subject::Connection modality{connection};
  runCallback("Error in the Python C-MOVE SCP callback (Create v3)", modality, [&] {
    const Borrowed connectionObject(ClassId::DicomConnection, connection);
    const Ref keywords = keywordsOf(
        {level, patientId, accessionNumber, studyUid, seriesUid, sopUid, targetAet, originatorId});
    driver = new Driver{callCreate(connectionObject.get(), keywords.get()), false, modality.text()};
  });
  return driver;
}

// The SDK has no way to report a failure here. One sub-operation that fails reports an error to the
// SCU, whereas 0 would mean success.
constexpr uint32_t kSizeAfterFailure = 1;

uint32_t getSize(void* driver) {
  uint32_t size = kSizeAfterFailure;
  Driver& move = *static_cast<Driver*>(driver);
  const OrthancPluginErrorCode code =
      runCallback("Error in the Python C-MOVE SCP callback (GetMoveSize)", move, [&] {
        const Ref result =
            steal(py::Object_CallFunctionObjArgs(sizeSlot.get(), move.object.get(), nullptr));
        const long long value = requireInteger(result.get(), "The size of a C-MOVE");
        if (value < 0 || value > std::numeric_limits<uint32_t>::max()) {
          raise(builtins.valueError, "%lld is not a number of sub-operations", value);
        }
        size = static_cast<uint32_t>(value);
      });
  move.failed = code != OrthancPluginErrorCode_Success;
  return size;
}

OrthancPluginErrorCode apply(void* driver) {
  Driver& move = *static_cast<Driver*>(driver);
  if (move.failed) {
    return OrthancPluginErrorCode_Plugin;
  }
  return runCallback("Error in the Python C-MOVE SCP callback (Apply)", move, [&] {
    steal(py::Object_CallFunctionObjArgs(applySlot.get(), move.object.get(), nullptr));
  });
}

void freeMove(void* driver) {
  runCallback("Error in the Python C-MOVE SCP callback (Free)", [&] {
    // deleted while the GIL is held, even if the script's function raises an exception
    const std::unique_ptr<Driver> move(static_cast<Driver*>(driver));
    steal(py::Object_CallFunctionObjArgs(freeSlot.get(), move->object.get(), nullptr));
  });
}

template <class Parameters>
PyObject* registerDriver(const Signature& signature, PyObject* const* values, Py_ssize_t count,
                         PyObject* keywords, Parameters parameters, _OrthancPluginService service) {
  const Arguments<4> arguments(signature, values, count, keywords);
  parameters.getMoveSize = getSize;
  parameters.applyMove = apply;
  parameters.freeMove = freeMove;
  registerCallbacks({{&createSlot, arguments[0]},
                     {&sizeSlot, arguments[1]},
                     {&applySlot, arguments[2]},
                     {&freeSlot, arguments[3]}},
                    service, &parameters);
  return none();
}

}  // namespace

PyObject* handwritten::RegisterMoveCallback(PyObject*, PyObject* const* values, Py_ssize_t count,
                                            PyObject* keywords) {
  const Arguments<1> arguments(signatures::RegisterMoveCallback, values, count, keywords);
  const _OrthancPluginMoveCallback parameters{createV1, sizeV1, applyV1, freeDriver};
  registerCallbacks({{&createSlot, arguments[0]}}, _OrthancPluginService_RegisterMoveCallback,
                    &parameters);
  return none();
}

PyObject* handwritten::RegisterMoveCallback2(PyObject*, PyObject* const* values, Py_ssize_t count,
                                             PyObject* keywords) {
  _OrthancPluginMoveCallback parameters{};
  parameters.callback = createV2;
  return registerDriver(signatures::RegisterMoveCallback2, values, count, keywords, parameters,
                        _OrthancPluginService_RegisterMoveCallback);
}

PyObject* handwritten::RegisterMoveCallback3(PyObject*, PyObject* const* values, Py_ssize_t count,
                                             PyObject* keywords) {
  _OrthancPluginMoveCallback2 parameters{};
  parameters.callback = createV3;
  return registerDriver(signatures::RegisterMoveCallback3, values, count, keywords, parameters,
                        _OrthancPluginService_RegisterMoveCallback2);
}

}  // namespace orthanc

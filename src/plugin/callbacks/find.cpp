// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// C-FIND and worklists. The first version of each callback gets the AE titles of both sides, the
// second version gets the DICOM connection.
#include "callbacks/callback.hpp"

namespace orthanc {

namespace {

Slot findSlot("callback to handle C-FIND requests");
Slot worklistSlot("callback to handle modality worklists", "Worklists");

struct Kind {
  Slot* slot;
  ClassId answers;
  ClassId query;
  const char* headline;
  const char* headline2;
};

const Kind kFind{&findSlot, ClassId::FindAnswers, ClassId::FindQuery,
                 "Error in the Python C-FIND SCP callback",
                 "Error in the Python C-FIND SCP callback (v2)"};
const Kind kWorklist{&worklistSlot, ClassId::WorklistAnswers, ClassId::WorklistQuery,
                     "Error in the Python C-FIND SCP for worklist callback",
                     "Error in the Python C-FIND SCP for worklist callback (v2)"};

OrthancPluginErrorCode handle(const Kind& kind, void* answers, const void* query,
                              const char* issuer, const char* called) {
  return runCallback(kind.headline, subject::Modality{issuer}, [&] {
    if (!kind.slot->taken()) {
      raiseOrthanc(OrthancPluginErrorCode_BadSequenceOfCalls);
    }
    const Borrowed answersObject(kind.answers, answers);
    const Borrowed queryObject(kind.query, query);
    const Ref issuerAet = text(issuer);
    const Ref calledAet = text(called);
    steal(py::Object_CallFunctionObjArgs(kind.slot->get(), answersObject.get(), queryObject.get(),
                                         issuerAet.get(), calledAet.get(), nullptr));
  });
}

OrthancPluginErrorCode handle2(const Kind& kind, void* answers, const void* query,
                               const OrthancPluginDicomConnection* connection) {
  return runCallback(kind.headline2, subject::Connection{connection}, [&] {
    if (!kind.slot->taken()) {
      raiseOrthanc(OrthancPluginErrorCode_BadSequenceOfCalls);
    }
    const Borrowed answersObject(kind.answers, answers);
    const Borrowed queryObject(kind.query, query);
    const Borrowed connectionObject(ClassId::DicomConnection, connection);
    steal(py::Object_CallFunctionObjArgs(kind.slot->get(), answersObject.get(), queryObject.get(),
                                         connectionObject.get(), nullptr));
  });
}

OrthancPluginErrorCode onFind(OrthancPluginFindAnswers* answers,
                              const OrthancPluginFindQuery* query, const char* issuer,
                              const char* called) {
  return handle(kFind, answers, query, issuer, called);
}

OrthancPluginErrorCode onFind2(OrthancPluginFindAnswers* answers,
                               const OrthancPluginFindQuery* query,
                               const OrthancPluginDicomConnection* connection) {
  return handle2(kFind, answers, query, connection);
}

OrthancPluginErrorCode onWorklist(OrthancPluginWorklistAnswers* answers,
                                  const OrthancPluginWorklistQuery* query, const char* issuer,
                                  const char* called) {
  return handle(kWorklist, answers, query, issuer, called);
}

OrthancPluginErrorCode onWorklist2(OrthancPluginWorklistAnswers* answers,
                                   const OrthancPluginWorklistQuery* query,
                                   const OrthancPluginDicomConnection* connection) {
  return handle2(kWorklist, answers, query, connection);
}

template <class Parameters, class Callback>
PyObject* registerOne(const Signature& signature, PyObject* const* values, Py_ssize_t count,
                      PyObject* keywords, Slot& slot, _OrthancPluginService service,
                      Callback callback) {
  const Arguments<1> arguments(signature, values, count, keywords);
  Parameters parameters{};
  parameters.callback = callback;
  registerCallbacks({{&slot, arguments[0]}}, service, &parameters);
  return none();
}

}  // namespace

PyObject* handwritten::RegisterFindCallback(PyObject*, PyObject* const* values, Py_ssize_t count,
                                            PyObject* keywords) {
  return registerOne<_OrthancPluginFindCallback>(
      signatures::RegisterFindCallback, values, count, keywords, findSlot,
      _OrthancPluginService_RegisterFindCallback, onFind);
}

PyObject* handwritten::RegisterFindCallback2(PyObject*, PyObject* const* values, Py_ssize_t count,
                                             PyObject* keywords) {
  return registerOne<_OrthancPluginFindCallback2>(
      signatures::RegisterFindCallback2, values, count, keywords, findSlot,
      _OrthancPluginService_RegisterFindCallback2, onFind2);
}

PyObject* handwritten::RegisterWorklistCallback(PyObject*, PyObject* const* values,
                                                Py_ssize_t count, PyObject* keywords) {
  return registerOne<_OrthancPluginWorklistCallback>(
      signatures::RegisterWorklistCallback, values, count, keywords, worklistSlot,
      _OrthancPluginService_RegisterWorklistCallback, onWorklist);
}

PyObject* handwritten::RegisterWorklistCallback2(PyObject*, PyObject* const* values,
                                                 Py_ssize_t count, PyObject* keywords) {
  return registerOne<_OrthancPluginWorklistCallback2>(
      signatures::RegisterWorklistCallback2, values, count, keywords, worklistSlot,
      _OrthancPluginService_RegisterWorklistCallback2, onWorklist2);
}

}  // namespace orthanc

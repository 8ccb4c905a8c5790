// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Authentication of HTTP requests, and audit logs.
#include "callbacks/authentication.hpp"

#include "binding/http_headers.hpp"
#include "callbacks/http_request.hpp"
#include "host/deferred_routes.hpp"

namespace orthanc {

namespace {

Slot authenticationSlot("callback to authenticate HTTP requests");
Slot auditSlot("handler of audit logs", "Events");

// Orthanc holds an exclusive lock while it calls the handlers.
thread_local bool insideAuditHandler = false;

struct Answer {
  PyObject* status;  // both are borrowed from the result
  PyObject* data;    // nullptr: none
};

// A status, or a tuple of a status and its data
Answer split(PyObject* result) {
  if (py::Tuple_Size(result) == 2) {
    return {py::Tuple_GetItem(result, 0), py::Tuple_GetItem(result, 1)};
  }
  py::Err_Clear();
  return {result, nullptr};
}

OrthancPluginHttpAuthenticationStatus statusOf(PyObject* object) {
  // True would be UNAUTHORIZED, and False GRANTED
  if (py::Object_IsInstance(object, builtins.boolean) == 1) {
    raise(builtins.typeError,
          "An authentication callback returns an orthanc.HttpAuthenticationStatus, not a Boolean");
  }
  const long long status = requireInteger(object, "The result of an authentication callback");
  if (status < OrthancPluginHttpAuthenticationStatus_Granted ||
      status > OrthancPluginHttpAuthenticationStatus_Redirect) {
    raise(builtins.valueError, "%lld is not a value of orthanc.HttpAuthenticationStatus", status);
  }
  return static_cast<OrthancPluginHttpAuthenticationStatus>(status);
}

void copyPath(OrthancPluginMemoryBuffer* target, PyObject* path) {
  if (path == nullptr || py::Object_IsInstance(path, builtins.str) != 1) {
    raise(builtins.typeError,
          "HttpAuthenticationStatus.REDIRECT comes with a path: (REDIRECT, path)");
  }
  const Utf8 location(path);
  requireHeaderValue(location, path, "The path of HttpAuthenticationStatus.REDIRECT");
  copyTo(target, location.data(), location.size());
}

void copyPayload(OrthancPluginMemoryBuffer* target, PyObject* payload) {
  if (payload == nullptr || payload == builtins.none) {
    return;
  }
  copyTo(target, ResultBytes(payload, "The payload of an authentication"));
}

OrthancPluginErrorCode authenticate(OrthancPluginHttpAuthenticationStatus* status,
                                    OrthancPluginMemoryBuffer* customPayload,
                                    OrthancPluginMemoryBuffer* redirection, const char* uri,
                                    const char* ip, uint32_t headersCount,
                                    const char* const* headersKeys,
                                    const char* const* headersValues, uint32_t getCount,
                                    const char* const* getKeys, const char* const* getValues) {
  const deferred_routes::RunningFilter running;
  *status = OrthancPluginHttpAuthenticationStatus_Unauthorized;  // also after an error
  const subject::Named subject{"the URI", uri};
  return runCallback("Error in the Python HTTP authentication callback", subject, [&] {
    if (!authenticationSlot.taken()) {
      raiseOrthanc(OrthancPluginErrorCode_BadSequenceOfCalls);
    }
    const Ref keywords = steal(py::Dict_New());
    setItem(keywords.get(), "ip", text(ip));
    setItem(keywords.get(), "headers", dictionary(headersCount, headersKeys, headersValues));
    setItem(keywords.get(), "get", dictionary(getCount, getKeys, getValues));
    const Ref positional = steal(py::Tuple_New(1));
    succeed(py::Tuple_SetItem(positional.get(), 0, text(uri).release()));
    const Ref result =
        steal(py::Object_Call(authenticationSlot.get(), positional.get(), keywords.get()));
    const Answer answer = split(result.get());
    const OrthancPluginHttpAuthenticationStatus verdict = statusOf(answer.status);
    if (verdict == OrthancPluginHttpAuthenticationStatus_Redirect) {
      copyPath(redirection, answer.data);
    } else if (verdict == OrthancPluginHttpAuthenticationStatus_Granted) {
      copyPayload(customPayload, answer.data);
    }
    *status = verdict;
  });
}

OrthancPluginErrorCode audit(const char* sourcePlugin, const char* userId,
                             OrthancPluginResourceType resourceType, const char* resourceId,
                             const char* action, const void* logData, uint32_t logDataSize) {
  insideAuditHandler = true;
  const OrthancPluginErrorCode code = runCallback("Error in the Python audit log handler", [&] {
    if (!auditSlot.taken()) {
      raiseOrthanc(OrthancPluginErrorCode_BadSequenceOfCalls, "Orthanc is stopping");
    }
    const Ref source = text(sourcePlugin);
    const Ref user = text(userId);
    const Ref level = integerObject(resourceType);
    const Ref resource = text(resourceId);
    const Ref what = text(action);
    const Ref data = bytesObject(logData, logDataSize);
    steal(py::Object_CallFunctionObjArgs(auditSlot.get(), source.get(), user.get(), level.get(),
                                         resource.get(), what.get(), data.get(), nullptr));
  });
  insideAuditHandler = false;
  return code;
}

}  // namespace

bool authenticates() {
  return authenticationSlot.taken();
}

PyObject* handwritten::RegisterHttpAuthentication(PyObject*, PyObject* const* values,
                                                  Py_ssize_t count, PyObject* keywords) {
  const Arguments<1> arguments(signatures::RegisterHttpAuthentication, values, count, keywords);
  const _OrthancPluginHttpAuthentication parameters{authenticate};
  registerCallbacks({{&authenticationSlot, arguments[0]}},
                    _OrthancPluginService_RegisterHttpAuthentication, &parameters);
  return none();
}

PyObject* handwritten::EmitAuditLog(PyObject*, PyObject* const* values, Py_ssize_t count,
                                    PyObject* keywords) {
  const Arguments<6> arguments(signatures::EmitAuditLog, values, count, keywords);
  const Text sourcePlugin(arguments[0]);
  const Text userId(arguments[1]);
  const Text resourceId(arguments[3]);
  const Text action(arguments[4]);
  const Buffer logData(arguments[5]);
  if (insideAuditHandler) {
    raiseOrthanc(OrthancPluginErrorCode_BadSequenceOfCalls,
                 "A handler of audit logs cannot emit one: it would wait for itself");
  }
  _OrthancPluginEmitAuditLog parameters{};
  parameters.sourcePlugin = sourcePlugin;
  parameters.userId = userId;
  parameters.resourceType = enumeration<OrthancPluginResourceType>(arguments[2]);
  parameters.resourceId = resourceId;
  parameters.action = action;
  parameters.logData = logData.data();
  parameters.logDataSize = logData.size<uint32_t>();
  check(call(_OrthancPluginService_EmitAuditLog, &parameters));
  return none();
}

PyObject* handwritten::RegisterAuditLogHandler(PyObject*, PyObject* const* values, Py_ssize_t count,
                                               PyObject* keywords) {
  const Arguments<1> arguments(signatures::RegisterAuditLogHandler, values, count, keywords);
  const _OrthancPluginAuditLogHandler parameters{audit};
  registerCallbacks({{&auditSlot, arguments[0]}}, _OrthancPluginService_RegisterAuditLogHandler,
                    &parameters);
  return none();
}

}  // namespace orthanc

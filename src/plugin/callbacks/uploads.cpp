// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Request bodies that are larger than memory: scripts read them as files (orthanc_runtime.streams).
#include "callbacks/uploads.hpp"

#include <array>
#include <atomic>
#include <mutex>
#include <string>
#include <utility>

#include "binding/python_runtime.hpp"
#include "callbacks/body_limit.hpp"
#include "callbacks/callback.hpp"
#include "callbacks/rest.hpp"
#include "host/deferred_routes.hpp"
#include "interpreter/gil_release.hpp"

namespace orthanc {

namespace {

// As in routes.cpp: the SDK's callbacks carry no data.
constexpr std::size_t kMaximumRoutes = 100;

std::atomic<PyObject*> routes[kMaximumRoutes];
std::size_t routeCount = 0;
std::mutex routesMutex;

// The reader of the SDK is an orthanc_runtime.streams.Upload
PyObject* uploadOf(OrthancPluginServerChunkedRequestReader* reader) {
  return reinterpret_cast<PyObject*>(reader);
}

// "PUT /uri"
std::string requestOf(PyObject* upload) {
  const Ref request = steal(py::Object_GetAttrString(upload, "request"));
  return logText(request.get());
}

struct UploadRequest {
  const std::string& request;
  std::string text() const { return request.empty() ? "" : " for " + request; }
};

OrthancPluginErrorCode begin(PyObject* callback, OrthancPluginServerChunkedRequestReader** reader,
                             const char* uri, const OrthancPluginHttpRequest* request) {
  if (exceedsLimit(*request)) {
    return bodyTooLarge(uri);  // Orthanc would hold the body, then drop it
  }
  const subject::Request subject{request->method, uri};
  return runCallback("Error in the chunked REST callback", subject, [&] {
    if (callback == nullptr) {
      return OrthancPluginErrorCode_BadSequenceOfCalls;  // Orthanc is stopping
    }
    const Ref path = text(uri);
    const Ref keywords = keywordsOf(*request, false);
    Ref upload = steal(py::Object_CallFunctionObjArgs(pythonRuntime.beginUpload.get(), callback,
                                                      path.get(), keywords.get(), nullptr));
    *reader = upload.get() == builtins.none  // Orthanc collects the body, and calls the plain route
                  ? nullptr
                  : reinterpret_cast<OrthancPluginServerChunkedRequestReader*>(upload.release());
    return OrthancPluginErrorCode_Success;
  });
}

OrthancPluginErrorCode addChunk(OrthancPluginServerChunkedRequestReader* reader, const void* data,
                                uint32_t size) {
  return runCallback("Error in the chunked REST callback", [&] {
    const Ref add = steal(py::Object_GetAttrString(uploadOf(reader), "add"));
    const Ref chunk = bytesObject(data, size);
    steal(py::Object_CallFunctionObjArgs(add.get(), chunk.get(), nullptr));
  });
}

OrthancPluginErrorCode execute(OrthancPluginServerChunkedRequestReader* reader,
                               OrthancPluginRestOutput* output) {
  const deferred_routes::RunningCallback running;
  std::string request;
  return runCallback("Error in the chunked REST callback", UploadRequest{request}, [&] {
    request = requestOf(uploadOf(reader));
    const Borrowed restOutput(ClassId::RestOutput, output);
    const Ref run = steal(py::Object_GetAttrString(uploadOf(reader), "execute"));
    respond(restOutput.get(), UploadRequest{request},
            [&] { steal(py::Object_CallFunctionObjArgs(run.get(), restOutput.get(), nullptr)); });
  });
}

void finalize(OrthancPluginServerChunkedRequestReader* reader) {
  runCallback("Error in the chunked REST callback", [&] {
    const Ref upload = steal(uploadOf(reader));
    const Ref close = steal(py::Object_GetAttrString(upload.get(), "close"));
    steal(py::Object_CallObject(close.get(), nullptr));
  });
}

template <std::size_t route>
OrthancPluginErrorCode plain(OrthancPluginRestOutput* output, const char* uri,
                             const OrthancPluginHttpRequest* request) {
  const deferred_routes::RunningCallback running;
  return handleRequest(routes[route], output, uri, request);
}

template <std::size_t route>
OrthancPluginErrorCode chunked(OrthancPluginServerChunkedRequestReader** reader, const char* uri,
                               const OrthancPluginHttpRequest* request) {
  return begin(routes[route], reader, uri, request);
}

struct Trampolines {
  OrthancPluginRestCallback plain;
  OrthancPluginServerChunkedRequestReaderFactory chunked;
};

template <std::size_t... I>
constexpr std::array<Trampolines, sizeof...(I)> makeTrampolines(std::index_sequence<I...>) {
  return {{{&plain<I>, &chunked<I>}...}};
}

constexpr auto kTrampolines = makeTrampolines(std::make_index_sequence<kMaximumRoutes>());

std::size_t takeRoute(PyObject* callback) {
  const std::lock_guard<std::mutex> lock(routesMutex);
  if (routeCount == kMaximumRoutes) {
    raise(builtins.runtimeError, "Can only register %zu chunked REST callbacks", kMaximumRoutes);
  }
  routes[routeCount] = borrow(callback).release();
  return routeCount++;
}

}  // namespace

PyObject* handwritten::RegisterChunkedRestCallback(PyObject*, PyObject* const* values,
                                                   Py_ssize_t count, PyObject* keywords) {
  const Arguments<2> arguments(signatures::RegisterChunkedRestCallback, values, count, keywords);
  const Text expression(arguments[0]);
  PyObject* callback = callable(arguments[1]);
  requireRegularExpression(arguments[0]);
  if (deferred_routes::isServing()) {
    raise(builtins.runtimeError,
          "Call RegisterChunkedRestCallback() while the script is being imported");
  }
  const RequiredCallGuard guard(_OrthancPluginService_RegisterChunkedRestCallback);
  const std::size_t route = takeRoute(callback);
  _OrthancPluginChunkedRestCallback parameters{};
  parameters.pathRegularExpression = expression;
  parameters.getHandler = parameters.deleteHandler = kTrampolines[route].plain;
  parameters.postHandler = parameters.putHandler = kTrampolines[route].chunked;
  parameters.addChunk = addChunk;
  parameters.execute = execute;
  parameters.finalize = finalize;
  std::string exception;
  OrthancPluginErrorCode code{};
  {
    const interpreter::GilRelease release;
    code = host::invoke(_OrthancPluginService_RegisterChunkedRestCallback, &parameters, exception);
  }
  if (!exception.empty()) {  // of Orthanc's regular expression library
    raise(builtins.valueError,
          "RegisterChunkedRestCallback(): argument 'path_regular_expression' is not a valid "
          "regular expression: %R",
          arguments[0].value);
  }
  check(code);
  return none();
}

void clearChunkedRoutes() {
  const std::lock_guard<std::mutex> lock(routesMutex);
  for (std::size_t i = 0; i < routeCount; ++i) {
    stealOrNull(routes[i].exchange(nullptr));
  }
  routeCount = 0;
}

}  // namespace orthanc

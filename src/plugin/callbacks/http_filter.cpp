// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The filter of incoming HTTP requests.
#include "callbacks/http_request.hpp"
#include "host/deferred_routes.hpp"

namespace orthanc {

namespace {

Slot slot("callback to filter incoming HTTP requests", "Filters");

constexpr int32_t kAllowed = 1;
constexpr int32_t kForbidden = 0;
// Orthanc takes any other number for an error; a positive one could be mistaken for "allowed".
constexpr int32_t kFailed = -1;

int32_t filter(OrthancPluginHttpMethod method, const char* uri, const char* ip,
               uint32_t headersCount, const char* const* headersKeys,
               const char* const* headersValues, uint32_t getCount, const char* const* getKeys,
               const char* const* getValues) {
  const deferred_routes::RunningFilter running;
  int32_t verdict = kFailed;
  const subject::Request subject{method, uri};
  runCallback("Error in the Python incoming-http-request filter", subject, [&] {
    if (!slot.taken()) {
      return;
    }
    const Ref keywords = steal(py::Dict_New());
    setItem(keywords.get(), "headers", dictionary(headersCount, headersKeys, headersValues));
    if (method == OrthancPluginHttpMethod_Get) {
      setItem(keywords.get(), "get", dictionary(getCount, getKeys, getValues));
    }
    setItem(keywords.get(), "method", integerObject(method));
    setItem(keywords.get(), "ip", text(ip));
    const Ref positional = steal(py::Tuple_New(1));
    succeed(py::Tuple_SetItem(positional.get(), 0, text(uri).release()));
    const Ref result = steal(py::Object_Call(slot.get(), positional.get(), keywords.get()));
    if (!isBoolean(result.get())) {
      raise(builtins.typeError,
            "The Python incoming-http-request filter has not returned a Boolean, but %R",
            result.get());
    }
    verdict = py::Object_IsTrue(result.get()) == 1 ? kAllowed : kForbidden;
  });
  return verdict;
}

}  // namespace

PyObject* handwritten::RegisterIncomingHttpRequestFilter(PyObject*, PyObject* const* values,
                                                         Py_ssize_t count, PyObject* keywords) {
  const Arguments<1> arguments(signatures::RegisterIncomingHttpRequestFilter, values, count,
                               keywords);
  _OrthancPluginIncomingHttpRequestFilter2 parameters{};
  parameters.callback = filter;
  registerCallbacks({{&slot, arguments[0]}},
                    _OrthancPluginService_RegisterIncomingHttpRequestFilter2, &parameters);
  return none();
}

}  // namespace orthanc

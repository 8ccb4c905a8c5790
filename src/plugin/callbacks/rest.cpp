// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// REST routes.
#include "callbacks/rest.hpp"

#include <array>
#include <atomic>
#include <mutex>
#include <utility>

#include "callbacks/http.hpp"

namespace orthanc {

namespace {

// The SDK's callback carries no data, so each route needs a C function of its own.
constexpr std::size_t maximumRoutes = 1000;

std::atomic<PyObject*> routes[maximumRoutes];
std::size_t routeCount = 0;
std::mutex routesMutex;

// Interned once, so that a request allocates nothing for them
struct Names {
  PyObject *method, *groups, *get, *headers, *body;
  PyObject* methods[OrthancPluginHttpMethod_Delete + 1];
};
Names names{};

Ref groupsOf(const OrthancPluginHttpRequest& request) {
  Ref groups = steal(py::Tuple_New(request.groupsCount));
  for (uint32_t i = 0; i < request.groupsCount; ++i) {
    succeed(py::Tuple_SetItem(groups.get(), i, text(request.groups[i]).release()));
  }
  return groups;
}

Ref keywordsOf(const OrthancPluginHttpRequest& request) {
  Ref keywords = steal(py::Dict_New());
  const auto set = [&](PyObject* key, PyObject* value) {
    succeed(py::Dict_SetItem(keywords.get(), key, value));
  };
  if (request.method < OrthancPluginHttpMethod_Get ||
      request.method > OrthancPluginHttpMethod_Delete) {
    raise(builtins.valueError, "Unknown HTTP method: %d", static_cast<int>(request.method));
  }
  set(names.groups, groupsOf(request).get());
  set(names.method, names.methods[request.method]);
  set(names.headers,
      dictionary(request.headersCount, request.headersKeys, request.headersValues).get());
  if (request.method == OrthancPluginHttpMethod_Get) {
    set(names.get, dictionary(request.getCount, request.getKeys, request.getValues).get());
  }
  if (request.method == OrthancPluginHttpMethod_Post ||
      request.method == OrthancPluginHttpMethod_Put) {
    set(names.body, bytesObject(request.body, request.bodySize).get());
  }
  return keywords;
}

OrthancPluginErrorCode answer(std::size_t route, OrthancPluginRestOutput* output, const char* uri,
                              const OrthancPluginHttpRequest* request) {
  return runCallback("Error in the REST callback", [&] {
    PyObject* callback = routes[route];
    if (callback == nullptr) {
      return OrthancPluginErrorCode_BadSequenceOfCalls;  // Orthanc is stopping
    }
    const Borrowed restOutput(ClassId::RestOutput, output);
    const Ref positional = steal(py::Tuple_New(2));
    succeed(py::Tuple_SetItem(positional.get(), 0, borrow(restOutput.get()).release()));
    succeed(py::Tuple_SetItem(positional.get(), 1, text(uri).release()));
    const Ref keywords = keywordsOf(*request);
    steal(py::Object_Call(callback, positional.get(), keywords.get()));
    return OrthancPluginErrorCode_Success;
  });
}

template <std::size_t route>
OrthancPluginErrorCode trampoline(OrthancPluginRestOutput* output, const char* uri,
                                  const OrthancPluginHttpRequest* request) {
  return answer(route, output, uri, request);
}

template <std::size_t... I>
constexpr std::array<OrthancPluginRestCallback, sizeof...(I)> makeTrampolines(
    std::index_sequence<I...>) {
  return {{&trampoline<I>...}};
}

constexpr auto trampolines = makeTrampolines(std::make_index_sequence<maximumRoutes>());

std::size_t takeRoute(PyObject* callback) {
  const std::lock_guard<std::mutex> lock(routesMutex);
  if (routeCount == maximumRoutes) {
    raise(builtins.runtimeError, "Can only register %zu REST callbacks", maximumRoutes);
  }
  routes[routeCount] = borrow(callback).release();
  return routeCount++;
}

// A regular expression that Orthanc cannot compile is a C++ exception of its regular expression
// library, which Orthanc lets pass.
bool registerRoute(const char* expression, OrthancPluginRestCallback callback) {
  _OrthancPluginRestCallback parameters{};
  parameters.pathRegularExpression = expression;
  parameters.callback = callback;
  try {
    check(call(_OrthancPluginService_RegisterRestCallbackNoLock, &parameters));
    return true;
  } catch (const PythonError&) {
    throw;
  } catch (...) {
    return false;
  }
}

}  // namespace

PyObject* handwritten::RegisterRestCallback(PyObject*, PyObject* const* values, Py_ssize_t count,
                                            PyObject* keywords) {
  const Arguments<2> arguments(signatures::RegisterRestCallback, values, count, keywords);
  const Text expression(arguments[0]);
  PyObject* callback = callable(arguments[1]);
  const std::size_t route = takeRoute(callback);
  host::logInfo(std::string("Registering a Python REST callback on URI: ") +
                static_cast<const char*>(expression));
  bool registered = false;
  try {
    registered = registerRoute(expression, trampolines[route]);
  } catch (const PythonError&) {
    stealOrNull(routes[route].exchange(nullptr));
    throw;
  }
  if (!registered) {
    stealOrNull(routes[route].exchange(nullptr));
    raise(builtins.valueError,
          "RegisterRestCallback(): argument 'path_regular_expression' is not a valid regular "
          "expression: %R",
          arguments[0].value);
  }
  return none();
}

void internRestNames() {
  const auto intern = [](const char* name) {
    return steal(py::Unicode_InternFromString(name)).release();
  };
  names = {intern("method"),  intern("groups"), intern("get"),
           intern("headers"), intern("body"),   {}};
  names.methods[OrthancPluginHttpMethod_Get] = intern("GET");
  names.methods[OrthancPluginHttpMethod_Post] = intern("POST");
  names.methods[OrthancPluginHttpMethod_Put] = intern("PUT");
  names.methods[OrthancPluginHttpMethod_Delete] = intern("DELETE");
}

void clearRoutes() {
  const std::lock_guard<std::mutex> lock(routesMutex);
  for (std::size_t i = 0; i < routeCount; ++i) {
    stealOrNull(routes[i].exchange(nullptr));
  }
  routeCount = 0;
}

}  // namespace orthanc

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// One HTTP request, from Orthanc to the callable of its route.
#include "callbacks/rest.hpp"
#include "callbacks/http.hpp"

namespace orthanc {

namespace {

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

}  // namespace

OrthancPluginErrorCode answer(PyObject* callback, OrthancPluginRestOutput* output, const char* uri,
                              const OrthancPluginHttpRequest* request) {
  return runCallback("Error in the REST callback", [&] {
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

}  // namespace orthanc

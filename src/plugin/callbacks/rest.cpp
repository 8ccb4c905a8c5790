// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// One HTTP request, from Orthanc to the callable of its route.
#include "callbacks/rest.hpp"

#include <string>
#include <utility>
#include <vector>

#include "callbacks/authentication.hpp"
#include "callbacks/body_limit.hpp"
#include "callbacks/http_request.hpp"
#include "host/log_text.hpp"

namespace orthanc {

namespace {

// The parts that a request may have besides method, groups and headers
enum Part : unsigned { partGet = 1, partBody = 2, partPayload = 4, allParts = 7 };

// Made once, so that a request does not allocate them
struct Names {
  PyObject* methods[OrthancPluginHttpMethod_Delete + 1];
  PyObject* keywords[allParts + 1];  // a tuple for each combination of parts
};
Names names{};

constexpr const char* kMethodNames[] = {"", "GET", "POST", "PUT", "DELETE"};

bool isKnown(OrthancPluginHttpMethod method) {
  return method >= OrthancPluginHttpMethod_Get && method <= OrthancPluginHttpMethod_Delete;
}

// The keyword arguments of a request, in the order of their names. Scripts print the dictionary.
struct Keywords {
  static constexpr std::size_t kMost = 6;
  Ref values[kMost];
  std::size_t count = 0;
  unsigned parts = 0;

  void add(Ref value, unsigned part = 0) {
    values[count++] = std::move(value);
    parts |= part;
  }
};

Ref groupsOf(const OrthancPluginHttpRequest& request) {
  Ref groups = steal(py::Tuple_New(request.groupsCount));
  for (uint32_t i = 0; i < request.groupsCount; ++i) {
    succeed(py::Tuple_SetItem(groups.get(), i, text(request.groups[i]).release()));
  }
  return groups;
}

// Only scripts that authenticate requests get a payload: other callbacks may lack the parameter.
bool hasPayload(const OrthancPluginHttpRequest& request) {
  constexpr host::Version kFieldsSince{1, 12, 9};  // older Orthancs have a shorter structure
  return authenticates() && !(host::version() < kFieldsSince) &&
         request.authenticationPayload != nullptr && request.authenticationPayloadSize != 0;
}

Keywords keywordArguments(const OrthancPluginHttpRequest& request, bool withBody) {
  const bool known = isKnown(request.method);
  Keywords keywords;
  keywords.add(known ? borrow(names.methods[request.method])
                     : text(methodName(request.method).c_str()));
  keywords.add(groupsOf(request));
  if (!known || request.method == OrthancPluginHttpMethod_Get) {
    keywords.add(dictionary(request.getCount, request.getKeys, request.getValues), partGet);
  }
  keywords.add(dictionary(request.headersCount, request.headersKeys, request.headersValues));
  if (withBody && (!known || request.method == OrthancPluginHttpMethod_Post ||
                   request.method == OrthancPluginHttpMethod_Put)) {
    keywords.add(bytesObject(request.body, request.bodySize), partBody);
  }
  if (hasPayload(request)) {
    keywords.add(bytesObject(request.authenticationPayload, request.authenticationPayloadSize),
                 partPayload);
  }
  return keywords;
}

Ref dictionaryOf(const Keywords& keywords) {
  Ref result = steal(py::Dict_New());
  for (std::size_t i = 0; i < keywords.count; ++i) {
    PyObject* name = py::Tuple_GetItem(names.keywords[keywords.parts], static_cast<Py_ssize_t>(i));
    succeed(py::Dict_SetItem(result.get(), name, keywords.values[i].get()));
  }
  return result;
}

void callRoute(PyObject* callback, PyObject* output, const Ref& uri, const Keywords& keywords) {
  if (py::Object_Vectorcall == nullptr) {  // before CPython 3.11
    const Ref positional = steal(py::Tuple_New(2));
    succeed(py::Tuple_SetItem(positional.get(), 0, borrow(output).release()));
    succeed(py::Tuple_SetItem(positional.get(), 1, borrow(uri.get()).release()));
    steal(py::Object_Call(callback, positional.get(), dictionaryOf(keywords).get()));
    return;
  }
  // avoids a tuple and a dictionary for each request
  PyObject* arguments[2 + Keywords::kMost] = {output, uri.get()};
  for (std::size_t i = 0; i < keywords.count; ++i) {
    arguments[2 + i] = keywords.values[i].get();
  }
  steal(py::Object_Vectorcall(callback, arguments, 2, names.keywords[keywords.parts]));
}

}  // namespace

std::string methodName(OrthancPluginHttpMethod method) {
  return isKnown(method) ? kMethodNames[method] : std::to_string(method);
}

Ref keywordsOf(const OrthancPluginHttpRequest& request, bool withBody) {
  return dictionaryOf(keywordArguments(request, withBody));
}

OrthancPluginErrorCode handleRequest(PyObject* callback, OrthancPluginRestOutput* output,
                                     const char* uri, const OrthancPluginHttpRequest* request,
                                     metrics::Counts* counts) {
  if (request->method != OrthancPluginHttpMethod_Get && exceedsLimit(*request)) {
    return bodyTooLarge(uri);
  }
  const subject::Request subject{request->method, uri};
  return runCallback("Error in the REST callback", subject, [&] {
    if (callback == nullptr) {
      return OrthancPluginErrorCode_BadSequenceOfCalls;  // Orthanc is stopping
    }
    const Borrowed restOutput(ClassId::RestOutput, output);
    metrics::RouteTimer timer(counts);
    respond(restOutput.get(), subject, [&] {
      callRoute(callback, restOutput.get(), text(uri), keywordArguments(*request, true));
    });
    if (payloadOf(restOutput.get()).response == Response::none) {
      // Orthanc would drop the connection
      raise(builtins.runtimeError, "The callback has sent no response to %s %s",
            methodName(request->method).c_str(), host::oneLine(uri).c_str());
    }
    timer.succeed();
    return OrthancPluginErrorCode_Success;
  });
}

void internRestNames() {
  const auto intern = [](const char* name) {
    return steal(py::Unicode_InternFromString(name)).release();
  };
  for (int method = OrthancPluginHttpMethod_Get; method <= OrthancPluginHttpMethod_Delete;
       ++method) {
    names.methods[method] = intern(kMethodNames[method]);
  }
  for (unsigned parts = 0; parts <= allParts; ++parts) {
    std::vector<const char*> keywords;
    for (const auto& [part, name] : {std::pair<unsigned, const char*>{0, "method"},
                                     {0, "groups"},
                                     {partGet, "get"},
                                     {0, "headers"},
                                     {partBody, "body"},
                                     {partPayload, "authentication_payload"}}) {
      if ((parts & part) == part) {
        keywords.push_back(name);
      }
    }
    names.keywords[parts] =
        steal(py::Tuple_New(static_cast<Py_ssize_t>(keywords.size()))).release();
    for (std::size_t i = 0; i < keywords.size(); ++i) {
      succeed(py::Tuple_SetItem(names.keywords[parts], static_cast<Py_ssize_t>(i),
                                intern(keywords[i])));
    }
  }
}

}  // namespace orthanc

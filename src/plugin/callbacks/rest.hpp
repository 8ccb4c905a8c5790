// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#pragma once

#include <atomic>
#include <string>

#include "binding/errors.hpp"
#include "binding/objects.hpp"
#include "callbacks/call_metrics.hpp"
#include "generated/sdk.hpp"
#include "host/log.hpp"

namespace orthanc {

// Call once per process.
void internRestNames();

// Passes a request to the callable of its route; nullptr if Orthanc is stopping. `counts` is
// nullptr if the calls of this route are not counted.
OrthancPluginErrorCode handleRequest(PyObject* callback, OrthancPluginRestOutput* output,
                                     const char* uri, const OrthancPluginHttpRequest* request,
                                     metrics::Counts* counts = nullptr);

// Runs the script's code that responds to a request. It is no fault of the script if the client
// closes the connection.
template <class Subject, class Body>
void respond(PyObject* output, const Subject& subject, Body&& body) {
  const std::atomic<Response>& response = payloadOf(output).response;
  try {
    body();
  } catch (const PythonError&) {
    if (response != Response::lost ||
        !clearOrthancException(OrthancPluginErrorCode_NetworkProtocol)) {
      throw;
    }
  }
  if (response == Response::lost) {
    host::logInfo("The client has closed the connection before the end of the response" +
                  subject.text());
  }
}

// "GET"; the number of a method that this release does not know
std::string methodName(OrthancPluginHttpMethod method);

// The keyword arguments of a REST callback
Ref keywordsOf(const OrthancPluginHttpRequest& request, bool withBody);

}  // namespace orthanc

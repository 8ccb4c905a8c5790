// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#pragma once

#include <string>

#include "binding/ref.hpp"
#include "callbacks/call_metrics.hpp"
#include "generated/sdk.hpp"

namespace orthanc {

// Call once per process.
void internRestNames();

// Passes a request to the callable of its route; nullptr if Orthanc is stopping. `counts` is
// nullptr if the calls of this route are not counted.
OrthancPluginErrorCode handleRequest(PyObject* callback, OrthancPluginRestOutput* output,
                                     const char* uri, const OrthancPluginHttpRequest* request,
                                     metrics::Counts* counts = nullptr);

// "GET"; the number of a method that this release does not know
std::string methodName(OrthancPluginHttpMethod method);

// The keyword arguments of a REST callback
Ref keywordsOf(const OrthancPluginHttpRequest& request, bool withBody);

}  // namespace orthanc

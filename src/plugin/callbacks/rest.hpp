// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#pragma once

#include <string>

#include "binding/ref.hpp"
#include "generated/sdk.hpp"

namespace orthanc {

// Once per process
void internRestNames();

// Hands a request to the callable of its route; nullptr if Orthanc is stopping.
OrthancPluginErrorCode handleRequest(PyObject* callback, OrthancPluginRestOutput* output,
                                     const char* uri, const OrthancPluginHttpRequest* request);

// "GET"; of a method that this release does not know, its number
std::string methodName(OrthancPluginHttpMethod method);

// The keyword arguments of a REST callback
Ref keywordsOf(const OrthancPluginHttpRequest& request, bool withBody);

// Takes charge of bodies in chunks for the routes that the script has registered so far.
void collectBodies();

// Tells the log which routes the script has.
void logRoutes();

// The routes of the script are forgotten; Orthanc has forgotten them, too.
void clearRoutes();
void clearChunkedRoutes();

}  // namespace orthanc

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Bodies with "Transfer-Encoding: chunked" for routes that take a body in one piece. Orthanc would
// collect such a body and pass a size of 32 bits; this code notices larger bodies.
#pragma once

#include <cstdint>

#include "generated/sdk.hpp"

namespace orthanc {

// Begins to collect the body of a request for `callback`. Leaves requests with a length to Orthanc.
OrthancPluginErrorCode beginCollecting(OrthancPluginRestCallback callback,
                                       OrthancPluginServerChunkedRequestReader** reader,
                                       const char* uri, const OrthancPluginHttpRequest* request);

// Tells Orthanc to ask `factory` about requests for a route. Call only while the script is loaded.
void registerCollector(const char* expression,
                       OrthancPluginServerChunkedRequestReaderFactory factory);

// Orthanc's option MaximumRequestBodySizeMB, which Orthanc applies only to bodies that it collects
// itself; 0 if there is no such limit.
void limitCollectedBodies(std::uint64_t megabytes);

}  // namespace orthanc

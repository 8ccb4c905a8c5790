// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Sizes of request bodies have 32 bits in Orthanc's SDK. Of a larger body, Orthanc hands the last
// part of the size over, without a word.
#pragma once

#include "generated/sdk.hpp"

namespace orthanc {

// Whether the body of a request is too large for its callback, by its header Content-Length
bool exceedsLimit(const OrthancPluginHttpRequest& request);

// Whether it comes in chunks, so that nothing tells its size beforehand
bool isChunked(const OrthancPluginHttpRequest& request);

// The error code for such a request, which Orthanc answers with HTTP status 413. Tells the log.
OrthancPluginErrorCode bodyTooLarge(const char* uri);

// Orthanc forgets the code when it stops.
void forgetBodyTooLarge();

}  // namespace orthanc

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Sizes of request bodies have 32 bits in Orthanc's SDK. For a larger body, Orthanc passes only the
// low 32 bits of the size and reports no error.
#pragma once

#include "generated/sdk.hpp"

namespace orthanc {

// Whether the Content-Length of a request says that its body is too large for the callback
bool exceedsLimit(const OrthancPluginHttpRequest& request);

// Whether the body comes in chunks, so that its size is unknown before its end
bool isChunked(const OrthancPluginHttpRequest& request);

// The error code for a body that is too large: Orthanc answers with HTTP status 413. Logs the
// request.
OrthancPluginErrorCode bodyTooLarge(const char* uri);

// Call when Orthanc stops: it forgets the registered code then.
void forgetBodyTooLarge();

}  // namespace orthanc

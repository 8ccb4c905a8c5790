// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "callbacks/body_limit.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <mutex>
#include <string>

#include "host/context.hpp"
#include "host/log_text.hpp"

namespace orthanc {

namespace {

constexpr const char* kExplanation =
    "The body of the request has more than 4294967295 bytes, the limit of Orthanc's SDK, or than "
    "MaximumRequestBodySizeMB allows: send large bodies with \"Transfer-Encoding: chunked\" to a "
    "route of RegisterChunkedRestCallback()";

std::mutex mutex;
OrthancPluginErrorCode code = OrthancPluginErrorCode_Success;  // none yet

// Header names are in lower case, unless the request comes from another plugin.
bool isNamed(const std::string& header, const std::string& name) {
  return std::equal(header.begin(), header.end(), name.begin(), name.end(), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
}

// nullptr if there is no such header
const char* valueOf(const OrthancPluginHttpRequest& request, const char* name) {
  for (uint32_t i = 0; i < request.headersCount; ++i) {
    if (isNamed(request.headersKeys[i], name)) {
      return request.headersValues[i];
    }
  }
  return nullptr;
}

OrthancPluginErrorCode registerCode() {
  constexpr std::uint16_t kRequestEntityTooLarge = 413;
  _OrthancPluginRegisterErrorCode parameters{};
  int32_t registered = OrthancPluginErrorCode_Success;
  parameters.target = reinterpret_cast<OrthancPluginErrorCode*>(&registered);
  parameters.code = kRequestEntityTooLarge;
  parameters.httpStatus = kRequestEntityTooLarge;
  parameters.message = kExplanation;
  const OrthancPluginErrorCode result =
      host::invoke(_OrthancPluginService_RegisterErrorCode, &parameters);
  return result == OrthancPluginErrorCode_Success ? static_cast<OrthancPluginErrorCode>(registered)
                                                  : OrthancPluginErrorCode_BadRequest;
}

}  // namespace

bool exceedsLimit(const OrthancPluginHttpRequest& request) {
  const char* length = valueOf(request, "content-length");
  return length != nullptr &&
         std::strtoull(length, nullptr, 10) > std::numeric_limits<uint32_t>::max();
}

bool isChunked(const OrthancPluginHttpRequest& request) {
  return valueOf(request, "content-length") == nullptr &&
         valueOf(request, "transfer-encoding") != nullptr;
}

OrthancPluginErrorCode bodyTooLarge(const char* uri) {
  const host::CallGuard guard;
  if (!guard) {
    return OrthancPluginErrorCode_BadSequenceOfCalls;  // Orthanc is stopping
  }
  host::logError("Refused before the Python callback: " + host::oneLine(uri) + ": " + kExplanation);
  const std::lock_guard<std::mutex> lock(mutex);
  if (code == OrthancPluginErrorCode_Success) {
    code = registerCode();
  }
  return code;
}

void forgetBodyTooLarge() {
  const std::lock_guard<std::mutex> lock(mutex);
  code = OrthancPluginErrorCode_Success;
}

}  // namespace orthanc

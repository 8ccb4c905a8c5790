// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "host/request_lines.hpp"

#include <cstdint>
#include <new>

#include "host/context.hpp"

namespace orthanc::request_lines {

namespace {

struct Kept {
  RequestLine line;
  bool valid = false;
};

thread_local Kept kept;

std::string textOf(const char* value) {
  return value == nullptr ? "" : value;
}

// Orthanc calls the filters of a request on the thread that then calls the route.
int32_t keepLine(OrthancPluginHttpMethod, const char* uri, const char* ip, uint32_t,
                 const char* const*, const char* const*, uint32_t getCount,
                 const char* const* getKeys, const char* const* getValues) {
  constexpr int32_t kAllowed = 1;
  constexpr int32_t kFailed = -1;
  try {
    kept.valid = false;
    kept.line.uri = textOf(uri);
    kept.line.ip = textOf(ip);
    kept.line.query.clear();
    for (uint32_t i = 0; i < getCount; ++i) {
      kept.line.query.emplace_back(textOf(getKeys[i]), textOf(getValues[i]));
    }
    kept.valid = true;
    return kAllowed;
  } catch (const std::bad_alloc&) {
    return kFailed;
  }
}

}  // namespace

bool keep() {
  _OrthancPluginIncomingHttpRequestFilter2 parameters{};
  parameters.callback = keepLine;
  return host::invoke(_OrthancPluginService_RegisterIncomingHttpRequestFilter2, &parameters) ==
         OrthancPluginErrorCode_Success;
}

bool take(RequestLine& line) {
  const bool valid = kept.valid;
  kept.valid = false;
  if (valid) {
    line = std::move(kept.line);
  }
  return valid;
}

}  // namespace orthanc::request_lines

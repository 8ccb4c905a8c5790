// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The routes that the plugin has registered, and their responses.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "generated/sdk.hpp"
#include "strings.hpp"

struct Answer {
  OrthancPluginErrorCode code = OrthancPluginErrorCode_Success;
  int status = 200;
  std::string mime, body;
  std::map<std::string, std::string> headers;
};

namespace rest {

// Throws std::regex_error, as Orthanc's own regular expressions do.
void addRoute(const std::string& expression, OrthancPluginRestCallback callback);
void addCollector(const _OrthancPluginChunkedRestCallback& callback);
void addFilter(OrthancPluginIncomingHttpRequestFilter2 callback);
void forget();

// Calls the filters, then the first route that matches. Any thread may call it, also from within a
// route.
struct Request {
  std::string method, uri, body;
  Strings headerKeys, headerValues;
  bool internal = false;  // sent by a plugin: no filter is called
};
Answer call(Request& request);

// The same for a body in chunks: the text of the request, and then one of `claimed` bytes, which
// the plugin must not read.
Answer callInChunks(Request& request, std::uint32_t claimed);

// The parts between NULs; at least one.
std::vector<std::string> parts(const std::string& data);

// The services that fill in a response; false if `service` is none of them.
bool serve(_OrthancPluginService service, const void* parameters);

}  // namespace rest

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The parts of an HTTP request that Orthanc shows to filters, but not to routes: a slash at the end
// of the path, the address of the client, and all values of a repeated argument.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace orthanc::request_lines {

struct RequestLine {
  std::string uri;  // decoded, without the query string
  std::string ip;
  std::vector<std::pair<std::string, std::string>> query;  // decoded; of GET requests only
};

// Keep them from now on, until Orthanc stops. Call it once, without the GIL.
bool keep();

// Moves the line of the request that this thread handles to `line`. False if it was taken already,
// or if the request has not come over HTTP.
bool take(RequestLine& line);

}  // namespace orthanc::request_lines

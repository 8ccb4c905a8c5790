// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// REST routes that a script registers while Orthanc serves requests.
//
// Orthanc holds a shared lock on its table of routes during each REST callback, and an exclusive
// lock during a registration. A registration from inside a callback, or by a thread that a callback
// waits for, would thus never end. So this plugin defers it until none of its callbacks runs;
// requests that arrive meanwhile wait in a filter, before that lock, and find the new route.
#pragma once

#include <string>

#include "generated/sdk.hpp"
#include "host/deadline.hpp"

namespace orthanc::deferred_routes {

struct Route {
  std::string expression;
  OrthancPluginRestCallback callback;
};

enum class Outcome { registered, deferred, invalid };

// Call it without the GIL. "invalid": not a regular expression for Orthanc. Throws
// std::system_error if the system cannot create the thread that this may need.
Outcome registerRoute(Route route);

// Held during each REST callback.
class RunningCallback {
 public:
  RunningCallback();
  ~RunningCallback();
  RunningCallback(const RunningCallback&) = delete;
  RunningCallback& operator=(const RunningCallback&) = delete;

 private:
  bool outer_;
};

// Held during the filter of HTTP requests, which must not install another filter.
class RunningFilter {
 public:
  RunningFilter();
  ~RunningFilter();
  RunningFilter(const RunningFilter&) = delete;
  RunningFilter& operator=(const RunningFilter&) = delete;
};

// Whether this thread would wait forever if it called the routes of plugins now: it runs a callback
// that began during a registration.
bool mustNotReenter();

// The script is loaded: from now on there may be requests.
void beginServing();
void endServing(host::Clock::time_point until);
bool isServing();

}  // namespace orthanc::deferred_routes

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "host/deferred_routes.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include "host/context.hpp"
#include "host/log_text.hpp"

namespace orthanc::deferred_routes {

namespace {

// Requests continue without the new route when it has been waiting for this long: a callback that
// runs for minutes delays other requests once, not each of them.
constexpr std::chrono::seconds kLongestWait{10};

std::atomic<int> running{0};
// Set while Orthanc may be waiting for the exclusive lock. Sequentially consistent, as is the
// count: either the registration sees the callback, or the callback sees the registration.
std::atomic<bool> registering{false};
thread_local bool beganDuringRegistration = false;
thread_local bool insideFilter = false;

std::mutex mutex;
std::condition_variable changed;
std::deque<Route> deferred;
std::chrono::steady_clock::time_point waitDeadline;  // for the requests that wait for `deferred`
std::atomic<std::size_t> waiting{0};  // the size of `deferred`, readable without the mutex
bool serving = false;
bool threadStarted = false;
bool filterInstalled = false;

bool registerNow(const Route& route) {
  _OrthancPluginRestCallback parameters{};
  parameters.pathRegularExpression = route.expression.c_str();
  parameters.callback = route.callback;
  std::string exception;  // of Orthanc's regular expression library
  return host::invoke(_OrthancPluginService_RegisterRestCallbackNoLock, &parameters, exception) ==
         OrthancPluginErrorCode_Success;
}

// False if a callback runs, so that the caller must try again later.
bool tryToRegister(const Route& route, bool& valid) {
  registering = true;
  const bool possible = running == 0;
  if (possible) {
    valid = registerNow(route);
  }
  registering = false;
  return possible;
}

int32_t waitForRoutes(OrthancPluginHttpMethod, const char*, const char*, uint32_t,
                      const char* const*, const char* const*, uint32_t, const char* const*,
                      const char* const*) {
  constexpr int32_t kAllowed = 1;
  std::unique_lock<std::mutex> lock(mutex);
  changed.wait_until(lock, waitDeadline, [] { return deferred.empty(); });
  return kAllowed;
}

void installFilter() {
  _OrthancPluginIncomingHttpRequestFilter2 parameters{};
  parameters.callback = waitForRoutes;
  host::invoke(_OrthancPluginService_RegisterIncomingHttpRequestFilter2, &parameters);
  const std::lock_guard<std::mutex> lock(mutex);
  filterInstalled = true;
  changed.notify_all();
}

void registerDeferred() {
  installFilter();
  std::unique_lock<std::mutex> lock(mutex);
  while (serving) {
    changed.wait(lock, [] { return !serving || (!deferred.empty() && running == 0); });
    if (!serving) {
      break;
    }
    const Route route = deferred.front();
    lock.unlock();
    bool valid = true;
    const host::CallGuard guard;
    const bool done = !guard || tryToRegister(route, valid);
    if (!valid) {
      host::logError("This is not a valid regular expression for a REST callback: " +
                     host::oneLine(route.expression));
    }
    lock.lock();
    if (done) {
      deferred.pop_front();
      --waiting;
      changed.notify_all();
    }
  }
  deferred.clear();
  waiting = 0;
  threadStarted = false;
  changed.notify_all();
}

void defer(Route route) {
  std::unique_lock<std::mutex> lock(mutex);
  if (!threadStarted) {
    std::thread(registerDeferred).detach();  // throws if the system cannot create a thread
    threadStarted = true;
  }
  if (deferred.empty()) {
    waitDeadline = std::chrono::steady_clock::now() + kLongestWait;
  }
  deferred.push_back(std::move(route));
  ++waiting;
  changed.notify_all();
  if (!insideFilter) {
    // the filter must be installed before the caller sends a response
    changed.wait_for(lock, kLongestWait, [] { return filterInstalled; });
  }
}

}  // namespace

Outcome registerRoute(Route route) {
  bool valid = true;
  if (tryToRegister(route, valid)) {
    return valid ? Outcome::registered : Outcome::invalid;
  }
  defer(std::move(route));
  return Outcome::deferred;
}

RunningCallback::RunningCallback() : outer_(beganDuringRegistration) {
  ++running;
  beganDuringRegistration = outer_ || registering;
}

RunningCallback::~RunningCallback() {
  beganDuringRegistration = outer_;
  if (--running == 0 && waiting != 0) {
    const std::lock_guard<std::mutex> lock(mutex);
    changed.notify_all();
  }
}

RunningFilter::RunningFilter() {
  insideFilter = true;
}
RunningFilter::~RunningFilter() {
  insideFilter = false;
}

bool mustNotReenter() {
  return beganDuringRegistration && registering;
}

void beginServing() {
  const std::lock_guard<std::mutex> lock(mutex);
  serving = true;
}

bool isServing() {
  const std::lock_guard<std::mutex> lock(mutex);
  return serving;
}

void endServing(host::Clock::time_point until) {
  std::unique_lock<std::mutex> lock(mutex);
  serving = false;
  changed.notify_all();
  changed.wait_until(lock, until, [] { return !threadStarted; });
  filterInstalled = false;  // Orthanc removes the filter when it stops
}

}  // namespace orthanc::deferred_routes

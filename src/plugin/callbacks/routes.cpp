// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The table of REST routes.
#include "callbacks/routes.hpp"

#include <array>
#include <atomic>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "callbacks/body_limit.hpp"
#include "callbacks/callback.hpp"
#include "callbacks/collected_body.hpp"
#include "callbacks/rest.hpp"
#include "host/deferred_routes.hpp"
#include "host/log_text.hpp"
#include "interpreter/gil_release.hpp"

namespace orthanc {

namespace {

// The SDK's callback carries no data, so each route needs a C function of its own.
constexpr std::size_t kMaximumRoutes = 1000;

std::atomic<PyObject*> routes[kMaximumRoutes];
metrics::Counts counts[kMaximumRoutes];
std::atomic<bool> counting{false};
std::size_t routeCount = 0;
using Expressions = std::vector<std::pair<std::size_t, std::string>>;
Expressions expressions;  // of the routes
std::mutex routesMutex;

template <std::size_t route>
OrthancPluginErrorCode trampoline(OrthancPluginRestOutput* output, const char* uri,
                                  const OrthancPluginHttpRequest* request) {
  const deferred_routes::RunningCallback running;
  metrics::Counts* counted = counting.load(std::memory_order_relaxed) ? &counts[route] : nullptr;
  return handleRequest(routes[route], output, uri, request, counted);
}

template <std::size_t route>
OrthancPluginErrorCode collect(OrthancPluginServerChunkedRequestReader** reader, const char* uri,
                               const OrthancPluginHttpRequest* request) {
  return beginCollecting(&trampoline<route>, reader, uri, request);
}

struct Trampolines {
  OrthancPluginRestCallback callback;
  OrthancPluginServerChunkedRequestReaderFactory collect;
};

template <std::size_t... I>
constexpr std::array<Trampolines, sizeof...(I)> makeTrampolines(std::index_sequence<I...>) {
  return {{{&trampoline<I>, &collect<I>}...}};
}

constexpr auto kTrampolines = makeTrampolines(std::make_index_sequence<kMaximumRoutes>());

std::size_t takeRoute(PyObject* callback) {
  const std::lock_guard<std::mutex> lock(routesMutex);
  if (routeCount == kMaximumRoutes) {
    raise(builtins.runtimeError, "Can only register %zu REST callbacks", kMaximumRoutes);
  }
  routes[routeCount] = borrow(callback).release();
  return routeCount++;
}

// A copy: Orthanc holds a lock of its own while it calls a route that registers another one, so
// that a call of Orthanc under our lock could deadlock.
Expressions registeredRoutes() {
  const std::lock_guard<std::mutex> lock(routesMutex);
  return expressions;
}

}  // namespace

PyObject* handwritten::RegisterRestCallback(PyObject*, PyObject* const* values, Py_ssize_t count,
                                            PyObject* keywords) {
  const Arguments<2> arguments(signatures::RegisterRestCallback, values, count, keywords);
  const Text expression(arguments[0]);
  const Ref callback = callableOrCoroutine(arguments[1]);
  requireRegularExpression(arguments[0]);
  const RequiredCallGuard guard(_OrthancPluginService_RegisterRestCallback);
  host::logInfo(std::string("Registering a Python REST callback on URI: ") +
                host::oneLine(static_cast<const char*>(expression)));
  const std::size_t route = takeRoute(callback.get());
  deferred_routes::Outcome outcome{};
  {
    const interpreter::GilRelease release;
    outcome = deferred_routes::registerRoute(
        {static_cast<const char*>(expression), kTrampolines[route].callback});
  }
  if (outcome == deferred_routes::Outcome::invalid) {
    stealOrNull(routes[route].exchange(nullptr));
    raise(builtins.valueError,
          "RegisterRestCallback(): argument 'path_regular_expression' is not a valid regular "
          "expression: %R",
          arguments[0].value);
  }
  const std::lock_guard<std::mutex> lock(routesMutex);
  expressions.emplace_back(route, expression);
  return none();
}

void logRoutes() {
  std::string all;
  for (const auto& [route, expression] : registeredRoutes()) {
    all += " " + expression;
  }
  if (!all.empty()) {
    host::logWarning("REST routes in Python:" + host::oneLine(all));
  }
}

void countRouteCalls(bool enabled) {
  counting = enabled;
}

std::vector<std::pair<std::string, const metrics::Counts*>> countedRoutes() {
  std::vector<std::pair<std::string, const metrics::Counts*>> result;
  for (const auto& [route, expression] : registeredRoutes()) {
    result.emplace_back(expression, &counts[route]);
  }
  return result;
}

// After the routes of RegisterChunkedRestCallback, which come first where both match
void collectBodies() {
  for (const auto& [route, expression] : registeredRoutes()) {
    registerCollector(expression.c_str(), kTrampolines[route].collect);
  }
}

void clearRoutes() {
  const std::lock_guard<std::mutex> lock(routesMutex);
  for (std::size_t i = 0; i < routeCount; ++i) {
    stealOrNull(routes[i].exchange(nullptr));
    counts[i].clear();
  }
  routeCount = 0;
  expressions.clear();
  forgetBodyTooLarge();
}

}  // namespace orthanc

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "callbacks/status_page.hpp"

#include <atomic>
#include <string>
#include <utility>
#include <vector>

#include "binding/python_runtime.hpp"
#include "callbacks/call_metrics.hpp"
#include "callbacks/callback.hpp"
#include "callbacks/changes.hpp"
#include "callbacks/jobs.hpp"
#include "callbacks/observed_calls.hpp"
#include "callbacks/rest.hpp"
#include "callbacks/routes.hpp"
#include "host/context.hpp"
#include "host/deferred_routes.hpp"
#include "host/explorer.hpp"
#include "interpreter/active_calls.hpp"
#include "interpreter/gil_release.hpp"
#include "interpreter/threads.hpp"
#include "platform/memory.hpp"

namespace orthanc::status_page {

namespace {

// Not an "Error in": the metrics count no calls of this page.
constexpr const char* kHeadline = "Error while serving the status page of the Python plugin";
constexpr const char* kExpression =
    "/python(?:/(?:status|stacks|reload|status_page\\.css|status_page\\.js)?)?";

host::Settings settings;  // written while no request is served
std::atomic<bool> active{false};

Ref boolean(bool value) {
  return steal(py::Bool_FromLong(value ? 1 : 0));
}

Ref seconds(double value) {
  return steal(py::Float_FromDouble(value));
}

Ref listOf(std::vector<Ref> items) {
  Ref list = steal(py::List_New(static_cast<Py_ssize_t>(items.size())));
  for (std::size_t i = 0; i < items.size(); ++i) {
    succeed(py::List_SetItem(list.get(), static_cast<Py_ssize_t>(i), items[i].release()));
  }
  return list;
}

Ref listOf(const std::vector<std::string>& texts) {
  std::vector<Ref> items;
  items.reserve(texts.size());
  for (const std::string& item : texts) {
    items.push_back(text(item.c_str()));
  }
  return listOf(std::move(items));
}

Ref row(const char* key, const std::string& name, const metrics::Totals& totals) {
  Ref result = steal(py::Dict_New());
  setItem(result.get(), key, text(name.c_str()));
  setItem(result.get(), "Calls", integerObject(totals.calls));
  setItem(result.get(), "Errors", integerObject(totals.errors));
  setItem(result.get(), "Seconds", seconds(totals.sum));
  setItem(result.get(), "LongestSeconds", seconds(totals.longest));
  return result;
}

Ref routes() {
  std::vector<Ref> rows;
  for (const auto& [expression, counts] : countedRoutes()) {
    rows.push_back(row("Expression", expression,
                       {counts->calls.load(std::memory_order_relaxed),
                        counts->errors.load(std::memory_order_relaxed), counts->inPython.sum(),
                        counts->inPython.longest()}));
  }
  return listOf(std::move(rows));
}

Ref callbacks() {
  std::vector<Ref> rows;
  const auto longest = [](metrics::Durations& durations) { return durations.longest(); };
  for (const auto& [label, totals] : metrics::totalsByLabel(longest)) {
    rows.push_back(row("Callback", label, totals));
  }
  return listOf(std::move(rows));
}

Ref registered() {
  std::vector<Ref> rows;
  for (const auto& [details, place] : Slot::allTaken()) {
    Ref entry = steal(py::Dict_New());
    setItem(entry.get(), "Callback", text(details.c_str()));
    setItem(entry.get(), "Place", text(place.c_str()));
    rows.push_back(std::move(entry));
  }
  return listOf(std::move(rows));
}

// The callbacks in progress: pairs of a thread identifier and a name
Ref activeCalls() {
  std::vector<Ref> pairs;
  for (const interpreter::ActiveCall& call : interpreter::activeCalls()) {
    const std::string name = ObservedCall{call, {}, false, {}}.name();
    pairs.push_back(pairOf(integerObject(call.thread), text(name.c_str())));
  }
  return listOf(std::move(pairs));
}

Ref numbers() {
  Ref result = steal(py::Dict_New());
  const auto set = [&](const char* key, const Ref& value) { setItem(result.get(), key, value); };
  set("Plugin", text(ORTHANC_PYTHON_PLUGIN_VERSION));
  set("Sdk", text(ORTHANC_SDK_VERSION));
  set("Orthanc", text(host::version().text().c_str()));
  set("ReloadAllowed", boolean(settings.statusPageReload));
  set("RefusesInstances", boolean(settings.refuseInstanceOnException));
  set("Warnings", listOf(settings.warnings));
  set("Routes", routes());
  set("Callbacks", callbacks());
  set("Registered", registered());
  set("ActiveCalls", activeCalls());
  set("JobTypes", listOf(createdJobTypes()));
  set("QueuedEvents", integerObject(queuedChanges()));
  set("AttachedThreads", integerObject(interpreter::attachedThreads()));
  set("ResidentBytes", integerObject(platform::residentMemory()));
  set("GilWaitSeconds", seconds(metrics::gilWaits().sum()));
  set("LongestGilWaitSeconds", seconds(metrics::gilWaits().longest()));
  return result;
}

OrthancPluginErrorCode serve(OrthancPluginRestOutput* output, const char* uri,
                             const OrthancPluginHttpRequest* request) {
  const deferred_routes::RunningCallback running;
  return runCallback(kHeadline, [&] {
    if (!active) {
      return OrthancPluginErrorCode_BadSequenceOfCalls;  // Orthanc is stopping
    }
    const Borrowed restOutput(ClassId::RestOutput, output);
    steal(py::Object_CallFunctionObjArgs(pythonRuntime.serveStatusPage.get(), restOutput.get(),
                                         text(uri).get(), keywordsOf(*request, true).get(),
                                         numbers().get(), nullptr));
    return OrthancPluginErrorCode_Success;
  });
}

void addButton() {
  const std::string javascript =
      host::explorer::withButton(Utf8(pythonRuntime.explorerButton.get()).data());
  _OrthancPluginSetPluginProperty parameters{};
  parameters.plugin = host::kPluginName;
  parameters.property = _OrthancPluginProperty_OrthancExplorer;
  parameters.value = javascript.c_str();
  check(call(_OrthancPluginService_SetPluginProperty, &parameters));
}

}  // namespace

void start(const host::Settings& chosen) {
  if (!chosen.statusPage) {
    return;
  }
  settings = chosen;
  metrics::enable(true);
  countRouteCalls(true);
  runCallback("Error while starting the status page of the Python plugin", [] {
    steal(py::Object_CallObject(pythonRuntime.keepErrors.get(), nullptr));
    const interpreter::GilRelease release;
    deferred_routes::registerRoute({kExpression, serve});
    active = true;
  });
  runCallback("Error while adding the status page to Orthanc Explorer", addButton);
}

void end() {
  active = false;
  countRouteCalls(false);
  host::explorer::clear();
}

}  // namespace orthanc::status_page

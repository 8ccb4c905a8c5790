// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "callbacks/builtin_metrics.hpp"

#include <new>
#include <string>

#include "callbacks/call_metrics.hpp"
#include "callbacks/changes.hpp"
#include "host/context.hpp"
#include "interpreter/active_calls.hpp"
#include "interpreter/threads.hpp"
#include "platform/memory.hpp"

namespace orthanc::metrics {

namespace {

const std::string kPrefix = "orthanc_python_";

void set(const std::string& name, double value,
         OrthancPluginMetricsType type = OrthancPluginMetricsType_Default) {
  const std::string full = kPrefix + name;
  const _OrthancPluginSetMetricsValue parameters{full.c_str(), static_cast<float>(value), type};
  host::invoke(_OrthancPluginService_SetMetricsValue, &parameters);
}

// Orthanc shows the largest of the values of a minute: a second reader sees it as well.
void setLongest(const std::string& name, double value) {
  set(name, value, OrthancPluginMetricsType_Timer);
}

void setWhole(const std::string& name, std::uint64_t value) {
  if (host::version() < host::Version{1, 12, 1}) {
    set(name, static_cast<double>(value));
    return;
  }
  const std::string full = kPrefix + name;
  const _OrthancPluginSetMetricsIntegerValue parameters{full.c_str(), static_cast<int64_t>(value),
                                                        OrthancPluginMetricsType_Default};
  host::invoke(_OrthancPluginService_SetMetricsIntegerValue, &parameters);
}

void publish() {
  const auto takeLongest = [](Durations& durations) { return durations.takeLongest(); };
  for (const auto& [label, totals] : totalsByLabel(takeLongest)) {
    const std::string suffix = "{callback=\"" + label + "\"}";
    setWhole("callback_calls_total" + suffix, totals.calls);
    setWhole("callback_errors_total" + suffix, totals.errors);
    set("callback_seconds_total" + suffix, totals.sum);
    setLongest("callback_seconds_max" + suffix, totals.longest);
  }
  set("gil_wait_seconds_total", gilWaits().sum());
  setLongest("gil_wait_seconds_max", gilWaits().takeLongest());
  setWhole("change_queue_length", queuedChanges());
  setWhole("threads", interpreter::attachedThreads());
  setWhole("resident_memory_bytes", platform::residentMemory());
}

void refresh() {
  const interpreter::ActiveCallScope scope("Error in the metrics of the Python plugin");
  try {
    publish();
  } catch (const std::bad_alloc&) {
    host::logError("Not enough memory for the metrics of the Python plugin");
  }
}

}  // namespace

void start(bool enabled) {
  enable(enabled);
  if (enabled) {
    const _OrthancPluginRegisterRefreshMetricsCallback parameters{refresh};
    host::invoke(_OrthancPluginService_RegisterRefreshMetricsCallback, &parameters);
  }
}

}  // namespace orthanc::metrics

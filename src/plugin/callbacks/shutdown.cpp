// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "callbacks/shutdown.hpp"

#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>

#include "binding/module.hpp"
#include "binding/python_runtime.hpp"
#include "callbacks/callback.hpp"
#include "callbacks/changes.hpp"
#include "callbacks/jobs.hpp"
#include "callbacks/routes.hpp"
#include "callbacks/status_page.hpp"
#include "callbacks/stop_timeout.hpp"
#include "callbacks/uploads.hpp"
#include "callbacks/watchdog.hpp"
#include "callbacks/webdav.hpp"
#include "host/context.hpp"
#include "host/deferred_routes.hpp"
#include "host/event_loop_thread.hpp"
#include "host/rest_waits.hpp"
#include "host/signals.hpp"
#include "interpreter/exit_threads.hpp"
#include "interpreter/threads.hpp"

namespace orthanc::shutdown {

namespace {

using host::Clock;
using host::Deadline;
using host::Seconds;

// The time that script threads get even if none is left
constexpr Seconds kShortestTime{0.5};

std::mutex currentMutex;
std::shared_ptr<StopTimeout> current;

std::shared_ptr<StopTimeout> currentTimeout() {
  const std::lock_guard<std::mutex> lock(currentMutex);
  return current;
}

// Coroutines may call Orthanc until the gate closes for script threads.
void settleCoroutines(const Deadline& deadline) {
  if (!host::hasEventLoop()) {
    return;
  }
  runCallback("Error while ending the coroutines of the Python script", [&] {
    const Seconds left = Seconds(deadline.at(0.75) - Clock::now());
    const Ref seconds = steal(py::Float_FromDouble(std::max(left, Seconds{0}).count()));
    steal(py::Object_CallFunctionObjArgs(pythonRuntime.settle.get(), seconds.get(), nullptr));
  });
}

// Orthanc's services work until this function returns.
void onOrthancStopped() {
  const std::shared_ptr<StopTimeout> running = currentTimeout();
  if (!running) {
    return;
  }
  const Deadline deadline = running->beginStop();
  if (stopChanges(deadline.at(0.5), deadline.at(0.75))) {
    // On this thread, which owns the recursive lock that Orthanc takes for each change
    deliverChange(OrthancPluginChangeType_OrthancStopped, OrthancPluginResourceType_None, "");
  }
  settleCoroutines(deadline);
  host::closeGateForOthers(Clock::now() + host::ticks(deadline.left(kShortestTime)));
}

OrthancPluginErrorCode onChange(OrthancPluginChangeType type, OrthancPluginResourceType,
                                const char*) {
  try {
    if (type == OrthancPluginChangeType_OrthancStarted) {
      host::signals::replay();
      resumeRestoredJobs();
    } else if (type == OrthancPluginChangeType_OrthancStopped) {
      host::signals::defer();
      host::refuseRestCallsOfJobs();
      onOrthancStopped();
    }
  } catch (const std::bad_alloc&) {
    return OrthancPluginErrorCode_NotEnoughMemory;
  }
  return OrthancPluginErrorCode_Success;
}

void stopScript(const Deadline& deadline) {
  runCallback("Error while stopping the Python script", [&] {
    const Ref seconds = steal(py::Float_FromDouble(deadline.left(kShortestTime).count()));
    logWarnings(
        steal(py::Object_CallFunctionObjArgs(pythonRuntime.stop.get(), seconds.get(), nullptr))
            .get());
  });
}

void forgetScript() {
  runCallback("Error while unloading the Python script", [] {
    status_page::end();
    clearRoutes();
    clearChunkedRoutes();
    clearWebDav();
    Slot::clearAll();
    steal(py::Object_CallObject(pythonRuntime.unloadScript.get(), nullptr));
  });
  // after the destructors of the script: they may log
  runCallback("Error while unloading the Python script", removeModule);
  releaseOwned();
}

}  // namespace

void prepare(double stopTimeout) {
  auto starting = std::make_shared<StopTimeout>(Seconds{stopTimeout});
  starting->start(starting);
  {
    const std::lock_guard<std::mutex> lock(currentMutex);
    current = std::move(starting);
  }
  _OrthancPluginOnChangeCallback parameters{};
  parameters.callback = onChange;
  host::invoke(_OrthancPluginService_RegisterOnChangeCallback, &parameters);
}

void finish() {
  const std::shared_ptr<StopTimeout> running = currentTimeout();
  if (!running) {
    return;
  }
  const Deadline deadline = running->beginStop();
  host::beginFinalization();
  stopChanges(deadline.at(0.5), deadline.at(0.75));
  deferred_routes::endServing(Clock::now() + host::ticks(deadline.left(kShortestTime)));
  stopScript(deadline);
  host::closeGate();
  forgetScript();
  watchdog::end();
  running->end();
  interpreter::releaseEndingThreads(false);
  interpreter::stopThreadsAtExit();
  const std::lock_guard<std::mutex> lock(currentMutex);
  current = nullptr;
}

}  // namespace orthanc::shutdown

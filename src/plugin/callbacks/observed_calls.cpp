// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "callbacks/observed_calls.hpp"

#include <algorithm>
#include <system_error>
#include <thread>
#include <utility>

#include "binding/python_runtime.hpp"
#include "binding/text.hpp"
#include "host/context.hpp"
#include "interpreter/threads.hpp"

namespace orthanc {

std::string ObservedCall::name() const {
  std::string name = call.purpose;
  for (const std::string prefix : {"Error in ", "Error while ", "Error during "}) {
    if (name.rfind(prefix, 0) == 0) {
      return name.substr(prefix.size());
    }
  }
  return name;
}

void ObservedCalls::refresh() {
  std::vector<ObservedCall> now;
  for (const interpreter::ActiveCall& call : interpreter::activeCalls()) {
    const auto known = std::find_if(calls_.begin(), calls_.end(), [&](const ObservedCall& running) {
      return running.call.thread == call.thread && running.call.number == call.number;
    });
    now.push_back(known != calls_.end() ? *known
                                        : ObservedCall{call, host::Clock::now(), false, {}});
  }
  calls_ = std::move(now);
}

namespace {

std::string stackOf(const interpreter::ActiveCall& call) {
  const Ref thread = steal(py::Long_FromUnsignedLongLong(call.thread));
  const Ref stack =
      steal(py::Object_CallFunctionObjArgs(pythonRuntime.formatStack.get(), thread.get(), nullptr));
  return logText(stack.get());
}

void handle(const StackRequest& request) {
  const std::string stack = stackOf(request.call);
  // The call may have returned while its stack was being written.
  const bool running = interpreter::isInProgress(request.call);
  if (running || !request.interrupt) {
    host::logError(request.headline + (running ? stack : "(already finished)"));
  }
  if (running && request.interrupt) {
    py::ThreadState_SetAsyncExc(request.call.thread, pythonRuntime.orthancStopping);
  }
}

// This thread registers no active call: other threads must not mistake it for a callback.
template <class Body>
void runUnregistered(Body&& body) {
  interpreter::withPython([&] {
    try {
      body();
    } catch (const PythonError&) {
      py::Err_Clear();
    } catch (const std::bad_alloc&) {
      host::logError("Not enough memory for the Python stacks");
    }
  });
}

}  // namespace

std::shared_ptr<const std::atomic<bool>> logStacks(std::vector<StackRequest> requests,
                                                   bool threadsAsWell) {
  auto attached = std::make_shared<std::atomic<bool>>(requests.empty() && !threadsAsWell);
  if (*attached) {
    return attached;
  }
  try {
    std::thread([attached, threadsAsWell, requests = std::move(requests)] {
      for (const StackRequest& request : requests) {
        runUnregistered([&] {
          *attached = true;
          handle(request);
        });
      }
      if (threadsAsWell) {
        runUnregistered([&] {
          *attached = true;
          logWarnings(
              steal(py::Object_CallObject(pythonRuntime.describeThreads.get(), nullptr)).get());
        });
      }
    }).detach();
  } catch (const std::system_error&) {
    host::logError("Cannot start a thread: the log has no Python stacks of the calls in progress");
  }
  return attached;
}

}  // namespace orthanc

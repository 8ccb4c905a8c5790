// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "host/context.hpp"

#include <atomic>
#include <chrono>
#include <climits>
#include <cstdio>
#include <cstring>
#include <new>
#include <thread>
#include <tuple>

#include "host/foreign_exceptions.hpp"
#include "host/rest_waits.hpp"

namespace host {

namespace {

std::atomic<OrthancPluginContext*> context{nullptr};
Version running;

// Counts the calls inside; a separate flag closes the gate. Both are sequentially consistent: a
// thread either sees the flag or is included in the count.
std::atomic<int> inside{0};
std::atomic<int> othersInside{0};
enum class Gate { closed, forCallbacks, open };
std::atomic<Gate> gate{Gate::closed};
bool (*inCallback)() = [] { return false; };
std::atomic<bool> forkedChild{false};
std::atomic<bool> finalizing{false};
std::atomic<int> loggersInside{0};

}  // namespace

bool Version::operator<(const Version& other) const {
  return std::tie(major, minor, revision) < std::tie(other.major, other.minor, other.revision);
}

std::string Version::text() const {
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(revision);
}

namespace {

// "mainline" builds are newer than any release
Version parseVersion(const char* text) {
  Version version;
  if (std::sscanf(text, "%4d.%4d.%4d", &version.major, &version.minor, &version.revision) < 2) {
    return {INT_MAX, 0, 0};
  }
  return version;
}

// The system's unwinder initializes itself when it raises its first exception. An Orthanc that is
// linked with its own unwinder could raise an exception earlier, which could not be caught.
void setUpUnwinder() {
  try {
    throw 0;
  } catch (int) {
    return;
  }
}

}  // namespace

void open(OrthancPluginContext* orthanc) {
  setUpUnwinder();
  running = parseVersion(orthanc->orthancVersion);
  context = orthanc;
  permitRestCallsOfJobs();
  finalizing = false;
  gate = Gate::open;
}

const Version& version() {
  return running;
}

OrthancPluginErrorCode invoke(_OrthancPluginService service, const void* parameters,
                              std::string& exception) {
  OrthancPluginContext* orthanc = context;
  const RestCall call(service, parameters);
  if (orthanc == nullptr || call.refused()) {
    return OrthancPluginErrorCode_BadSequenceOfCalls;
  }
  try {
    OrthancPluginErrorCode code{};
    if (callService(orthanc, service, parameters, code)) {
      return code;
    }
    exception = "of an unknown type";
  } catch (const std::bad_alloc&) {
    exception = "not enough memory";
    return OrthancPluginErrorCode_NotEnoughMemory;
  } catch (const std::exception& error) {
    exception = error.what();
  } catch (...) {  // also an exception of another C++ runtime
    exception = "of an unknown type";
  }
  return OrthancPluginErrorCode_InternalError;
}

OrthancPluginErrorCode invoke(_OrthancPluginService service, const void* parameters) {
  std::string exception;
  const OrthancPluginErrorCode code = invoke(service, parameters, exception);
  if (!exception.empty()) {
    logError("A C++ exception has ended a call of Orthanc's SDK (service " +
             std::to_string(service) + "): " + exception);
  }
  return code;
}

void release(void* memory) {
  OrthancPluginContext* orthanc = context;
  if (memory != nullptr && orthanc != nullptr) {
    orthanc->Free(memory);
  }
}

const char* describe(OrthancPluginErrorCode code) {
  const char* text = nullptr;
  _OrthancPluginGetErrorDescription parameters{};
  parameters.target = &text;
  parameters.error = code;
  if (invoke(_OrthancPluginService_GetErrorDescription, &parameters) !=
          OrthancPluginErrorCode_Success ||
      text == nullptr) {
    return "Unknown error";
  }
  return text;
}

// A forked child does not call inCallback(): a thread of the parent may have held its lock.
CallGuard::CallGuard() : callback_(!forkedChild && inCallback()) {
  ++(callback_ ? inside : othersInside);
  open_ = gate >= (callback_ ? Gate::forCallbacks : Gate::open);
}

CallGuard::~CallGuard() {
  --(callback_ ? inside : othersInside);
}

void beginFinalization() {
  finalizing = true;
}

// Seen with Orthanc 1.13.0: it has destroyed its lists of callbacks and of properties of plugins,
// and its command line.
bool isAvailable(_OrthancPluginService service) {
  const bool isRegistration = service >= _OrthancPluginService_RegisterRestCallback &&
                              service < _OrthancPluginService_AnswerBuffer;
  const bool isLost = isRegistration || service == _OrthancPluginService_SetPluginProperty ||
                      service == _OrthancPluginService_GetCommandLineArgument;
  return !finalizing || !isLost;
}

namespace {

template <class Count>
void waitUntilZero(Clock::time_point until, Count count) {
  while (count() != 0 && Clock::now() < until) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

}  // namespace

void setCallbackPredicate(bool (*isCallback)()) {
  inCallback = isCallback;
}

bool isInCallback() {
  return inCallback();
}

void closeGateForOthers(Clock::time_point until) {
  gate = Gate::forCallbacks;
  waitUntilZero(until, [] { return othersInside.load(); });
}

int callsBehindGate() {
  return gate == Gate::open ? 0 : othersInside.load();
}

void closeGate() {
  gate = Gate::closed;
  waitUntilZero(Clock::time_point::max(), [] { return inside + othersInside; });
}

void enterForkedChild() {
  forkedChild = true;
  gate = Gate::closed;
  context = nullptr;
}

bool isForkedChild() {
  return forkedChild;
}

void close() {
  context = nullptr;
  // with a limit: a full pipe may block the threads that log
  waitUntilZero(Clock::now() + std::chrono::seconds(1), [] { return loggersInside.load(); });
}

bool invokeLog(_OrthancPluginService service, const void* parameters) {
  ++loggersInside;
  const bool isOpen = context != nullptr;
  std::string exception;  // cannot be logged: the log itself has raised it
  invoke(service, parameters, exception);
  --loggersInside;
  return isOpen;
}

}  // namespace host

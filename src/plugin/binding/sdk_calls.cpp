// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "binding/sdk_calls.hpp"

#include <algorithm>

#include "binding/tables.hpp"
#include "host/deferred_routes.hpp"
#include "host/event_loop_thread.hpp"
#include "interpreter/gil_release.hpp"

namespace orthanc {

namespace {

bool isLogging(_OrthancPluginService service) {
  return service == _OrthancPluginService_LogInfo || service == _OrthancPluginService_LogWarning ||
         service == _OrthancPluginService_LogError || service == _OrthancPluginService_LogMessage;
}

[[noreturn]] void refuse() {
  raiseOrthanc(OrthancPluginErrorCode_BadSequenceOfCalls,
               host::isForkedChild() ? "This is a forked child of Orthanc's process"
                                     : "Orthanc is stopping");
}

// The result of a call of Orthanc. code() raises a C++ exception of the call, with the GIL held.
class Outcome {
 public:
  bool invoke(const Service& service) {
    code_ = host::invoke(service.number, service.parameters, exception_);
    number_ = service.number;
    if (service.text != nullptr) {
      service.text->keep();
    }
    return code_ == OrthancPluginErrorCode_Success;
  }

  OrthancPluginErrorCode code() const {
    if (!exception_.empty()) {
      const std::string text = std::string(sdkFunctionOf(number_)) +
                               "() has ended with a C++ exception in Orthanc: " + exception_;
      raiseOrthanc(code_, text.c_str());
    }
    return code_;
  }

 private:
  _OrthancPluginService number_{};
  OrthancPluginErrorCode code_ = OrthancPluginErrorCode_Success;
  std::string exception_;
};

bool isAfterPlugins(const Service& service) {
  return service.number >= _OrthancPluginService_RestApiGetAfterPlugins &&
         service.number <= _OrthancPluginService_RestApiPutAfterPlugins;
}

// Past the gate: destructors and finalizers may log until host::close().
OrthancPluginErrorCode log(_OrthancPluginService service, const void* parameters) {
  if (!host::invokeLog(service, parameters)) {
    refuse();
  }
  return OrthancPluginErrorCode_Success;
}

}  // namespace

RequiredCallGuard::RequiredCallGuard(_OrthancPluginService service) {
  if (host::blocksEventLoop(service)) {
    raise(builtins.runtimeError,
          "This call of %s() would block the event loop, on which the coroutine runs: use await "
          "orthanc.aio.NAME(...) in place of orthanc.NAME(...), such as orthanc.aio.rest.get(uri)",
          sdkFunctionOf(service));
  }
  if (!*this || !host::isAvailable(service)) {
    refuse();
  }
}

void refuseDuringRegistration() {
  if (deferred_routes::mustNotReenter()) {
    raiseOrthanc(OrthancPluginErrorCode_BadSequenceOfCalls,
                 "A REST route is being registered at this moment: please try again");
  }
}

OrthancPluginErrorCode callQuick(_OrthancPluginService service, const void* parameters,
                                 const Handles& handles, StaticStringResult* text) {
  if (isLogging(service)) {
    return log(service, parameters);
  }
  const RequiredCallGuard guard(service);
  Outcome outcome;
  runQuickly(handles, [&] { outcome.invoke({service, parameters, text}); });
  return outcome.code();
}

OrthancPluginErrorCode call(std::initializer_list<Service> services, const Handles& handles) {
  if (const Service& first = *services.begin(); isLogging(first.number)) {
    const interpreter::GilRelease release;
    return log(first.number, first.parameters);
  }
  const RequiredCallGuard guard(services.begin()->number);
  if (std::any_of(services.begin(), services.end(), isAfterPlugins)) {
    refuseDuringRegistration();
  }
  Outcome outcome;
  {
    const interpreter::GilRelease release;
    const HandleLock lock(handles);
    for (const Service& service : services) {
      const bool wanted = service.condition == nullptr || *service.condition != 0;
      if (!wanted || !outcome.invoke(service)) {
        break;
      }
    }
  }
  return outcome.code();
}

}  // namespace orthanc

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Calls of Orthanc's SDK from Python: past the gate, without the GIL, with the handles locked.
#pragma once

#include <initializer_list>
#include <string>

#include "binding/handle_lock.hpp"
#include "binding/objects.hpp"
#include "generated/sdk.hpp"

namespace orthanc {

// A string that belongs to Orthanc; None if it is NULL
class StaticStringResult {
 public:
  const char** out() { return &text_; }
  void keep() {
    if (text_ != nullptr) {
      copy_ = text_;
      text_ = copy_.c_str();
    }
  }
  PyObject* release() { return text_ == nullptr ? none() : text(text_).release(); }

 private:
  const char* text_ = nullptr;
  std::string copy_;
};

struct Service {
  _OrthancPluginService number;
  const void* parameters;
  StaticStringResult* text = nullptr;  // a result that belongs to a handle: copied at once
  const uint8_t* condition = nullptr;  // points to 0: skip this service and the next ones
};

// Calls services of Orthanc, one after the other until one fails, without the GIL, and while no
// other thread works on the same handles. Raises OrthancException once Orthanc is about to stop,
// and if a C++ exception ends a call.
OrthancPluginErrorCode call(std::initializer_list<Service> services, const Handles& handles = {});

inline OrthancPluginErrorCode call(_OrthancPluginService service, const void* parameters,
                                   const Handles& handles = {},
                                   StaticStringResult* text = nullptr) {
  return call({{service, parameters, text}}, handles);
}

// The same for services that only read their own memory: no lock, no input or output, no call of a
// plugin. Releasing the GIL would cost more than the service, and acquiring it again takes a whole
// switch interval while another thread computes.
OrthancPluginErrorCode callQuick(_OrthancPluginService service, const void* parameters,
                                 const Handles& handles = {}, StaticStringResult* text = nullptr);

// A call guard that raises OrthancException if the gate is closed for the service.
struct RequiredCallGuard : host::CallGuard {
  explicit RequiredCallGuard(_OrthancPluginService service);
};

// Raises OrthancException if a call of the routes of plugins would never return. call() checks this
// for services whose number implies such a call; for other services, the caller checks it.
void refuseDuringRegistration();

// For destructors: the thread that frees has passed the gate already.
inline void callUnchecked(_OrthancPluginService service, const void* parameters) {
  host::invoke(service, parameters);
}

}  // namespace orthanc

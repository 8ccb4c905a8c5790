// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Access to Orthanc: its context, its version, and the gate that every call passes.
#pragma once

#include <string>

#include "generated/sdk.hpp"
#include "host/deadline.hpp"
#include "host/log.hpp"

namespace host {

struct Version {
  int major = 0;
  int minor = 0;
  int revision = 0;

  bool operator<(const Version& other) const;
  std::string text() const;
};

// Between OrthancPluginInitialize and OrthancPluginFinalize
void open(OrthancPluginContext* context);
const Version& version();

// Calls a service of Orthanc's SDK; BadSequenceOfCalls if there is no Orthanc. Some C++ exceptions
// leave Orthanc (of its JSON and regular expression libraries, for example): none leaves this
// function. `exception` describes the exception that has ended the call, and is empty otherwise.
OrthancPluginErrorCode invoke(_OrthancPluginService service, const void* parameters,
                              std::string& exception);

// The same, but logs an exception.
OrthancPluginErrorCode invoke(_OrthancPluginService service, const void* parameters);

// Releases memory that Orthanc has allocated.
void release(void* memory);

// A description in words; never nullptr.
const char* describe(OrthancPluginErrorCode code);

// Holds the gate open for one call. False once the gate is closed: the caller must not continue.
//
// From ORTHANC_STOPPED on, Orthanc destroys its components. It waits for its own threads, which are
// in callbacks, but not for script threads. So the gate closes for script threads first, and for
// all threads when Orthanc finalizes the plugin.
class CallGuard {
 public:
  CallGuard();
  ~CallGuard();
  CallGuard(const CallGuard&) = delete;
  CallGuard& operator=(const CallGuard&) = delete;
  explicit operator bool() const { return open_; }

 private:
  const bool callback_;
  bool open_;
};

// From here on, Orthanc has destroyed data that some services use: a call would crash.
void beginFinalization();
// Whether Orthanc can still run a service
bool isAvailable(_OrthancPluginService service);

// Sets the function by which the gate recognizes a thread of Orthanc in a callback.
void setCallbackPredicate(bool (*isCallback)());
bool isInCallback();  // this thread

// Closes the gate for threads outside callbacks, and waits for their calls, at most until `until`.
void closeGateForOthers(Clock::time_point until);

// The number of calls outside callbacks that are in progress although the gate is closed
int callsBehindGate();

// Closes the gate for all threads and waits for all calls, without a limit: Orthanc then destroys
// the objects that these calls use.
void closeGate();

// A child of fork() has the memory of Orthanc, but none of its threads: its mutexes may be locked
// forever. Every call to Orthanc fails there.
void enterForkedChild();
bool isForkedChild();

// Forgets the context; the strings and objects of Orthanc are gone after this.
void close();

// Calls a service of Orthanc's log. The log uses no component that a stop destroys, so all threads
// may log, past the gate, until close(). False after close().
bool invokeLog(_OrthancPluginService service, const void* parameters);

}  // namespace host

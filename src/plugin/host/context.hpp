// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The way to Orthanc: its context, its version, and the gate through which every call goes.
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

// "mainline" builds are newer than any release
Version parseVersion(const char* text);

// Between OrthancPluginInitialize and OrthancPluginFinalize
void open(OrthancPluginContext* context);
const Version& version();

// Calls a service of Orthanc's SDK; BadSequenceOfCalls if there is no Orthanc. Orthanc lets some
// C++ exceptions pass (those of its JSON and regular expression libraries, for example): none
// leaves this function. `exception` says which one has ended the call, and stays empty otherwise.
OrthancPluginErrorCode invoke(_OrthancPluginService service, const void* parameters,
                              std::string& exception);

// The same; an exception is logged.
OrthancPluginErrorCode invoke(_OrthancPluginService service, const void* parameters);

// Releases memory that Orthanc has allocated.
void release(void* memory);

// A description in words; never nullptr.
const char* describe(OrthancPluginErrorCode code);

// Holds the gate open for one call. False once the gate is closed: the caller must not go on.
//
// From ORTHANC_STOPPED on, Orthanc takes itself apart. It waits for its own threads, which are in
// callbacks, but not for those of a script: the gate closes for these first, and for all when
// Orthanc finalizes the plugin.
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

// How the gate knows a thread of Orthanc that is in a callback.
void setCallbackPredicate(bool (*isCallback)());
bool isInCallback();  // this thread

// Lets no other threads in, and waits until those inside have left, or for the moment `until`.
void closeGateForOthers(Clock::time_point until);

// How many calls of threads that are no callbacks are still inside although the gate is closed
int callsBehindGate();

// Lets nobody in, and waits until all have left: without a limit, because what they use is
// destroyed next.
void closeGate();

// In a child of fork() there is the memory of Orthanc, but none of its threads: its mutexes may be
// locked for ever. Every call to Orthanc fails there. The child ends with the thread that forked.
void leaveOrthancInForkedChildren();
void enterForkedChild();
bool isForkedChild();

// Ends such a child, with exit code 1 and without the functions that Orthanc has for its end.
[[noreturn]] void exitForkedChild();

// Ends it in some seconds, whatever happens: a lock that a thread of the parent held stays locked.
void limitForkedChild();

// Forgets the context; the strings and objects of Orthanc are gone after this.
void close();

// Calls a service of Orthanc's log. The log needs nothing that a stop takes apart, so it is open to
// all threads, past the gate, until close(). False if there is no Orthanc anymore.
bool invokeLog(_OrthancPluginService service, const void* parameters);

}  // namespace host

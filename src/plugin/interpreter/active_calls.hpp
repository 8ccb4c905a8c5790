// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The calls of Orthanc's threads into Python that are in progress, for the watchdog and the stop.
// Announcing a call costs two stores to memory that no other thread writes.
#pragma once

#include <atomic>
#include <vector>

namespace interpreter {

// A call from Orthanc into Python that has not returned yet.
struct ActiveCall {
  unsigned long thread;  // as returned by Python's threading.get_ident()
  unsigned long number;  // together with the thread, unique
  const char* purpose;
  bool awaited;  // Orthanc cannot stop before this call returns
};

// The calls in progress, one for each thread; of nested calls, the outermost.
std::vector<ActiveCall> activeCalls();

bool isInProgress(const ActiveCall& call);

// Whether this thread is one of Orthanc's, in a callback.
bool inAwaitedCall();

// The number of calls on this thread, of which each but the first is nested in the one before. 0 on
// a thread that Orthanc does not wait for.
int awaitedDepth();

// Declares that this thread is not one of Orthanc's: a stop does not wait for it.
void thisThreadIsNotAwaited();

// Announces a call on this thread while this object lives. `purpose` must outlive the object.
class ActiveCallScope {
 public:
  explicit ActiveCallScope(const char* purpose);
  ~ActiveCallScope();
  ActiveCallScope(const ActiveCallScope&) = delete;
  ActiveCallScope& operator=(const ActiveCallScope&) = delete;
};

}  // namespace interpreter

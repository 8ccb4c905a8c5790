// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What each thread of Orthanc is doing in Python at this moment, for those who watch over it.
// Announcing costs two stores to memory that no other thread writes.
#pragma once

#include <atomic>
#include <vector>

namespace interpreter {

// A call from Orthanc into Python that has not returned yet.
struct ActiveCall {
  unsigned long thread;  // as Python's threading.get_ident() says
  unsigned long number;  // together with the thread, unique
  const char* purpose;
  bool awaited;  // Orthanc cannot stop before this call returns
};

// The calls in progress, one for each thread; of nested ones, the outermost.
std::vector<ActiveCall> activeCalls();

bool isInProgress(const ActiveCall& call);

// Whether this thread is one of Orthanc's, in a callback.
bool inAwaitedCall();

// This thread is not one of Orthanc's: a stop can leave it behind.
void thisThreadIsNotAwaited();

// Announces a call on this thread as long as it lives. `purpose` outlives it.
class ActiveCallScope {
 public:
  explicit ActiveCallScope(const char* purpose);
  ~ActiveCallScope();
  ActiveCallScope(const ActiveCallScope&) = delete;
  ActiveCallScope& operator=(const ActiveCallScope&) = delete;
};

}  // namespace interpreter

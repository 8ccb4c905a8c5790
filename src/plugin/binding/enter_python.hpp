// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// How a call of Orthanc enters Python, and how a forked child leaves it.
#pragma once

#include "binding/handle_lock.hpp"
#include "host/context.hpp"
#include "interpreter/threads.hpp"

namespace orthanc {

// Runs code in Python on a thread of Orthanc, perhaps inside a call of the SDK by the same
// thread.
template <class Body>
bool enterPython(Body&& body) {
  const HandleUnlock unlock;
  return interpreter::withPython(body);
}

// Ends a child of fork() that returns from the script: in Orthanc, the child would be a second
// server. The caller holds the GIL. Reports the exception that is set, if any.
[[noreturn]] void endForkedChild(const char* headline);

// Whether this process was forked after the construction of this object. A call that begins in a
// child, such as the destruction of an object, does not come from Orthanc, and continues.
class ForkCheck {
 public:
  bool isNewChild() const { return host::isForkedChild() && !wasChild_; }

 private:
  const bool wasChild_ = host::isForkedChild();
};

}  // namespace orthanc

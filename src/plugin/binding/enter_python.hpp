// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// How a call of Orthanc enters Python, and how a forked child leaves it.
#pragma once

#include "binding/handle_lock.hpp"
#include "host/context.hpp"
#include "interpreter/threads.hpp"

namespace orthanc {

// Runs code in Python on a thread of Orthanc, perhaps inside a call of the SDK that this
// thread makes.
template <class Body>
bool enterPython(Body&& body) {
  const HandleUnlock unlock;
  return interpreter::withPython(body);
}

// A child of fork() that comes back from the script ends here, with the GIL held: in
// Orthanc it would be a second server. Reports the exception that is set, if any.
[[noreturn]] void endForkedChild(const char* headline);

// Whether this is a child that was forked since this object was made. A call that begins in a
// child, such as the end of an object, is no call of Orthanc, and goes on.
class ForkCheck {
 public:
  bool isNewChild() const { return host::isForkedChild() && !wasChild_; }

 private:
  const bool wasChild_ = host::isForkedChild();
};

}  // namespace orthanc

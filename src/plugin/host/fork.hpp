// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Children of fork(), which must not continue as a second Orthanc.
#pragma once

namespace host {

// From now on, calls to Orthanc fail in forked children. A child ends with the thread that forked.
void leaveOrthancInForkedChildren();

// Ends such a child, with exit code 1 and without Orthanc's exit functions.
[[noreturn]] void exitForkedChild();

// Ends the child after some seconds: it may wait for a lock that a thread of the parent held.
void limitForkedChild();

}  // namespace host

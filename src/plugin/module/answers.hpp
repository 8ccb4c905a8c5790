// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Small answers to requests, which Orthanc gets once their callback has returned.
//
// To send an answer takes longer than all that Python does for it, and the interpreter is given up
// meanwhile. To come back, for what is mostly nothing but the end of the function, would mean to
// wait for the interpreter a second time, and to keep others waiting. So if other requests are in
// progress, the answer waits for the callback: for two milliseconds at most, for the callback may
// go on for long. Then a thread of the plugin sends it.
#pragma once

#include <cstddef>

#include "generated/sdk.hpp"

namespace orthanc::answers {

// Between the start and the stop of Orthanc. Throws std::system_error if the system refuses the
// thread.
void start();
void end();

struct ThreadAnswer;

// A request that this thread hands to a callback. Of nested ones, the innermost one counts.
class Request {
 public:
  explicit Request(OrthancPluginRestOutput* output) noexcept;
  ~Request();
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  // Sends the answer that waits, and tells what became of it. Not to be called with the interpreter
  // held.
  OrthancPluginErrorCode finish();

 private:
  friend struct ThreadAnswer;

  OrthancPluginRestOutput* const output_;
  ThreadAnswer* const thread_;
  Request* const outer_;
  bool postponed_ = false;
  OrthancPluginErrorCode code_ = OrthancPluginErrorCode_Success;
};

// Takes a copy of an answer. False if it need not wait, or cannot: it is large, another thread's,
// or the thread has another one that waits.
bool postpone(OrthancPluginRestOutput* output, const void* data, std::size_t size,
              const char* mimeType);

// Sends the answer to that request now, if it waits; whatever is done next with the output finds
// it answered. To be called with the interpreter held.
void settle(OrthancPluginRestOutput* output);

}  // namespace orthanc::answers

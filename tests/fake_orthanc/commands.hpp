// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The commands that drive the fake Orthanc, one in each line of its standard input:
//
//   rest METHOD URI [BODY]            one request; prints the answer
//   claim LENGTH METHOD URI [BODY]    the same with a header Content-Length
//   chunks CLAIMED METHOD URI [BODY]  the same in chunks: the body, and one that claims that many
//                                     bytes
//   newer NUMBER                      this number replaces each enumerator from now on, and the
//                                     method NEWER of a request; 0 ends that
//   threads COUNT REQUESTS URI        GETs by that many new threads at once; prints how many
//                                     responses differ from the first one
//   change TYPE [LEVEL RESOURCE]      a change event, its numbers as in the SDK
//   callback NAME [DATA]              calls one kind of callback (callback_kinds.hpp); in this data
//                                     and the data below, "|" is NUL
//   small NAME [DATA]                 the same on a new thread with a small stack
//   race COUNT CALLS                  makes all callbacks by that many new threads at once, and
//                                     sends change events meanwhile
//   errors one|all NAME [DATA]        makes a callback again and again: the first, second, ...
//                                     service fails, or that one and all after it
//   exceptions one|all NAME [DATA]    the same with a C++ exception instead of an error code
//   foreign-exceptions one|all NAME [DATA]
//                                     the same with an exception of another compiler
//   fail-allocations one|all NAME [DATA]        the same with Python's allocations of memory
//   threadless NAME [DATA]            makes a callback while the system refuses new threads
//   threadless-start                  resets, and starts under the same condition
//   starts                            resets again and again: the first, second, ... service fails
//                                     while the plugin starts
//   alive                             prints how many objects that the plugin has made are left
//   finalize                          finalizes the plugin, but still calls it
//   reset                             as POST /tools/reset: finalizes, unloads and starts again
//   stop                              ends the fake Orthanc; so does the end of the input
#pragma once

#include <memory>
#include <string>

#include "plugin.hpp"

class Commands {
 public:
  Commands(std::string pluginPath, OrthancPluginContext* context);

  bool start();  // false if the plugin refuses, which is already printed
  void run();    // until "stop"
  void finalize();
  void stop();

 private:
  std::int32_t tryToStart(std::string& error);
  void startWithErrors();
  bool execute(const std::string& line);  // false ends the loop

  std::string path_;
  OrthancPluginContext* context_;
  std::unique_ptr<Plugin> plugin_;
  bool finalized_ = false;
};

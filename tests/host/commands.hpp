// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The commands that drive the host, one in each line of its standard input:
//
//   rest METHOD URI [BODY]            one request; prints the answer
//   threads COUNT REQUESTS URI        GETs by that many new threads at once; prints how many
//                                     answers differ from the first one
//   change TYPE [LEVEL RESOURCE]      a change event, its numbers as in the SDK
//   images                            prints how many images are alive
//   reset                             as POST /tools/reset: finalizes, unloads and starts anew
//   stop                              ends the host; so does the end of the input
#pragma once

#include <memory>
#include <string>

#include "plugin.hpp"

class Commands {
 public:
  Commands(std::string pluginPath, OrthancPluginContext* context);

  bool start();  // false if the plugin refuses; said already
  void run();    // until "stop"
  void stop();

 private:
  bool execute(const std::string& line);  // false ends the loop

  std::string path_;
  OrthancPluginContext* context_;
  std::unique_ptr<Plugin> plugin_;
};

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The options of this plugin in orthanc.json.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace host {

struct SettingsError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Settings {
  std::string script;                // PythonScript, Python.Path; "": no scripting
  std::vector<std::string> scripts;  // Python.Scripts: more scripts, and folders of scripts
  bool scriptGiven = false;
  bool verbose = false;                    // PythonVerbose, Python.Verbose
  bool displayMemoryUsage = false;         // Python.DisplayMemoryUsage
  std::string executable;                  // Python.Executable
  std::string virtualEnv;                  // Python.VirtualEnv
  std::string library;                     // Python.Library
  double stopTimeout = 30;                 // Python.StopTimeout, seconds
  double watchdog = 0;                     // Python.Watchdog, seconds; 0: off
  std::uint64_t maximumBodyMegabytes = 0;  // MaximumRequestBodySizeMB; 0: no limit
  bool metrics = true;                     // Python.Metrics
  bool statusPage = false;                 // Python.StatusPage
  bool statusPageReload = false;           // Python.StatusPageReload
  bool refuseInstanceOnException = false;  // Python.RefuseInstanceOnException
  std::string output;                      // Python.Output: "auto", "stdout", "log" or "both"

  std::vector<std::string> plugins;  // Plugins

  std::vector<std::string> warnings;  // about options that this plugin does not know
};

// Throws SettingsError, which names the option, if an option has the wrong type.
Settings parseSettings(const std::string& configuration);

// The configuration of the running Orthanc, in JSON.
std::string readConfiguration();

}  // namespace host

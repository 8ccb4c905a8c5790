// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Finds the Python that the plugin loads. Does not depend on Orthanc, and keeps nothing loaded.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "discovery/abi.hpp"

namespace discovery {

struct Options {                                // all paths are UTF-8
  std::string executable, virtualEnv, library;  // the options of these names, "" if not set
  std::string pluginPath;                       // absolute path of this shared library
  Abi wanted;
};

struct Python {                    // an interpreter that answered a query
  std::string executable;          // its sys.executable, so never a shim
  std::string baseExecutable;      // in a virtual environment, the one that created it
  std::string library;             // absolute path of its libpython
  std::string prefix, basePrefix;  // they differ in a virtual environment
  std::string version;             // "3.13.5"; compare with Py_GetVersion of the loaded library
  int minor = 0;
  bool freeThreaded = false, debug = false;
};

struct Rejection {
  std::string source, path, reason;
};

struct Search {
  std::optional<Python> found;
  std::string source;  // the rule that found it
  std::vector<Rejection> rejected;
};

// The first interpreter that fits, in this order: the options, the environment that contains the
// plugin, VIRTUAL_ENV, PATH, the known locations. An option that cannot be used ends the search.
Search discover(const Options& options);

// Explains to the user why nothing was found: the requirement, the rejections, the remedy.
std::string report(const Search& search, const Options& options);

}  // namespace discovery

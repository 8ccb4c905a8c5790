// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Finds the Python that the plugin is to load. Knows nothing of Orthanc, and loads nothing for
// good.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace discovery {

struct Abi {                                 // what this binary accepts
  int minor = 0;                             // 3.minor; 0: any CPython from 3.9 on
  bool freeThreaded = false, debug = false;  // only looked at when minor != 0
};

struct Options {                                // all paths are UTF-8
  std::string executable, virtualEnv, library;  // the options of these names, "" when not given
  std::string pluginPath;                       // absolute path of this shared library
  Abi wanted;
};

struct Python {                    // one interpreter that answered
  std::string executable;          // its sys.executable, so never a shim
  std::string baseExecutable;      // in a virtual environment, the one that this was made from
  std::string library;             // absolute path of its libpython
  std::string prefix, basePrefix;  // they differ in a virtual environment
  std::string version;             // "3.13.5"; compare with Py_GetVersion of the loaded library
  int minor = 0;
  bool freeThreaded = false, debug = false;
};

struct Rejection {  // a place that was looked at and passed over
  std::string source, path, reason;
};

struct Search {
  std::optional<Python> found;
  std::string source;  // which rule found it
  std::vector<Rejection> rejected;
};

// The first interpreter that fits: the options, the environment that holds this library,
// VIRTUAL_ENV, PATH, the usual folders. An option that does not work ends the search.
Search discover(const Options& options);

// For the log when nothing was found: what was wanted, where it was looked for, what to do.
std::string report(const Search& search, const Options& options);

}  // namespace discovery

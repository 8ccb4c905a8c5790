// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Asks an interpreter about itself, by running it once.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "discovery/discovery.hpp"

namespace discovery {

struct InterpreterInfo {
  std::string implementation;  // "cpython", "pypy"
  std::string version;         // "3.13.5"
  std::string executable, baseExecutable, prefix, basePrefix;
  Abi abi;
  int pointerBits = 0;
  bool shared = false;          // built with a libpython of its own
  std::string soname;           // INSTSONAME or LDLIBRARY, "" if neither is a shared library
  std::string multiarch;        // "x86_64-linux-gnu"
  std::string libraryDir;       // LIBDIR; wrong where a Python was moved
  std::string configDir;        // LIBPL
  std::string frameworkPrefix;  // macOS: what contains Python.framework
  std::vector<std::string>
      selfReported;  // libpython as it was loaded, or as build-details.json says
};

// The info, or why there are none.
std::variant<InterpreterInfo, std::string> query(const std::string& executable);

}  // namespace discovery

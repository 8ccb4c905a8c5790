// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Queries an interpreter about itself by running it once.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "discovery/abi.hpp"

namespace discovery {

struct InterpreterInfo {
  std::string implementation;  // "cpython", "pypy"
  std::string version;         // "3.13.5"
  std::string executable, baseExecutable, prefix, basePrefix;
  Abi abi;
  int pointerBits = 0;
  bool shared = false;                 // built with a shared libpython
  std::string soname;                  // INSTSONAME or LDLIBRARY, "" if neither is a shared library
  std::string multiarch;               // "x86_64-linux-gnu"
  std::string libraryDir;              // LIBDIR; wrong if the installation was moved
  std::string configDir;               // LIBPL
  std::string frameworkPrefix;         // macOS: the folder that contains Python.framework
  std::vector<std::string> libraries;  // libpython as loaded, then as in build-details.json
};

// The answer, or the reason why there is none.
std::variant<InterpreterInfo, std::string> query(const std::string& executable);

}  // namespace discovery

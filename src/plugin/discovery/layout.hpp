// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Where an installation or virtual environment keeps its files on this system: bin/python3.13 and
// lib/python3.13/site-packages, or python.exe and Lib\site-packages.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "discovery/abi.hpp"

namespace discovery {

#ifdef _WIN32
constexpr char kPathSeparator = ';';
constexpr const char* kProgramSuffix = ".exe";
constexpr const char* kPlainInterpreter = "python.exe";  // its name in PATH
constexpr const char* kEnvironmentInterpreter = "Scripts\\python.exe";
#else
constexpr char kPathSeparator = ':';
constexpr const char* kProgramSuffix = "";
constexpr const char* kPlainInterpreter = "python3";
constexpr const char* kEnvironmentInterpreter = "bin/python";
#endif

struct InstallLocation {
  std::string prefix;
  std::optional<Abi> abi;  // from the name of a folder: lib/python3.13t
};

// The folders of a prefix that may contain its interpreter.
std::vector<std::string> interpreterFolders(const std::string& prefix);

// The file names that an interpreter of this ABI may have, the most specific first.
std::vector<std::string> interpreterNames(const Abi& wanted);

// The installation that a folder of packages belongs to. Looks at the path only.
std::optional<InstallLocation> locationOfPackages(const std::string& folder);

}  // namespace discovery

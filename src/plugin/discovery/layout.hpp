// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// How an installation of Python is laid out on this system: bin/python3.13 and
// lib/python3.13/site-packages, or python.exe and Lib\site-packages.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "discovery/install_location.hpp"

namespace discovery {

#ifdef _WIN32
constexpr char kPathSeparator = ';';
constexpr const char* kProgramSuffix = ".exe";
constexpr const char* kPlainInterpreter = "python.exe";  // under this name on PATH
constexpr const char* kEnvironmentInterpreter = "Scripts\\python.exe";
#else
constexpr char kPathSeparator = ':';
constexpr const char* kProgramSuffix = "";
constexpr const char* kPlainInterpreter = "python3";
constexpr const char* kEnvironmentInterpreter = "bin/python";
#endif

// Where the interpreter of a virtual environment or other prefix may be.
std::vector<std::string> interpreterFolders(const std::string& prefix);

// The names that an interpreter of this kind may have, the most telling first.
std::vector<std::string> interpreterNames(const Abi& wanted);

// The installation whose packages lie in this folder, by its name alone.
std::optional<InstallLocation> locationOfPackages(const std::string& folder);

}  // namespace discovery

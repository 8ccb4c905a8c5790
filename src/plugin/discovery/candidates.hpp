// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The places where an interpreter may be: the plugin's own environment, the folders of PATH, and
// the known locations of this system.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "discovery/abi.hpp"
#include "discovery/layout.hpp"

namespace discovery {

struct Candidate {
  std::string source, path;  // the source is for the log
};

// The installation or virtual environment that pip installed the plugin into.
std::optional<InstallLocation> installLocation(const std::string& pluginPath);

std::vector<std::string> pathFolders();      // of PATH: absolute entries only
std::vector<std::string> standardFolders();  // a service may have a PATH without them
std::vector<std::string> allFolders();       // both

// The files of this name, in the order of the folders.
std::vector<std::string> filesNamed(const std::vector<std::string>& folders,
                                    const std::string& name);

// The files named python3.X whose version is accepted: the newest first, builds with a GIL before
// free-threaded ones.
std::vector<std::string> versionedInterpreters(const std::vector<std::string>& folders,
                                               const Abi& wanted);

// Windows: interpreters in the folder of the plugin or of Orthanc, where an administrator may
// unpack one.
std::vector<Candidate> candidatesBeside(const std::string& pluginPath, const Abi& wanted);

// Interpreters that are registered or in the usual folders of this system, in the order of trial.
std::vector<Candidate> knownLocations(const Abi& wanted);

struct MacosFolders {
  std::string root;   // prefix of the absolute paths, "" except in tests
  std::string home;   // of the user, "" for a service without one
  std::string uv;     // UV_PYTHON_INSTALL_DIR, "" if unset
  std::string pyenv;  // PYENV_ROOT, "" if unset
};

// macOS: Homebrew, python.org, uv, pyenv, Xcode's Command Line Tools; the newest Python of each
// first. Only reads folders, so that tests can call it on any system.
std::vector<Candidate> macosLocations(const MacosFolders& folders, const Abi& wanted);

}  // namespace discovery

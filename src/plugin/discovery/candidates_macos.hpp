// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Where the Pythons of macOS are installed. Only looks at folders, so that it can be tried on any
// system.
#pragma once

#include <string>
#include <vector>

#include "discovery/candidates.hpp"

namespace discovery {

struct MacosFolders {
  std::string root;   // "" but for tests: what the places of the system are below
  std::string home;   // of the user, "" for a service without one
  std::string uv;     // UV_PYTHON_INSTALL_DIR, "" for the usual one
  std::string pyenv;  // PYENV_ROOT, "" for the usual one
};

// Homebrew, python.org, uv, pyenv, Xcode's Command Line Tools; of each the newest Python first.
std::vector<Candidate> macosLocations(const MacosFolders& folders, const Abi& wanted);

}  // namespace discovery

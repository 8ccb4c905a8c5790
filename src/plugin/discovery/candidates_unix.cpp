// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "discovery/candidates.hpp"
#include "platform/files.hpp"

namespace discovery {

std::vector<std::string> standardFolders() {
#ifdef __APPLE__
  return {"/opt/homebrew/bin", "/usr/local/bin"};  // Apple's Python: see candidates_macos.cpp
#else
  return {"/usr/local/bin", "/usr/bin"};
#endif
}

std::vector<Candidate> candidatesBeside(const std::string&, const Abi&) {
  return {};
}

std::vector<Candidate> knownLocations(const Abi& wanted) {
  std::vector<Candidate> candidates;
#ifdef __APPLE__
  candidates = macosLocations({"", platform::environmentVariable("HOME"),
                               platform::environmentVariable("UV_PYTHON_INSTALL_DIR"),
                               platform::environmentVariable("PYENV_ROOT")},
                              wanted);
#endif
  const auto add = [&candidates](const std::vector<std::string>& paths) {
    for (const std::string& path : paths) {
      candidates.push_back({"the standard folders", path});
    }
  };
  add(versionedInterpreters(allFolders(), wanted));
  add(filesNamed(standardFolders(), kPlainInterpreter));
  return candidates;
}

}  // namespace discovery

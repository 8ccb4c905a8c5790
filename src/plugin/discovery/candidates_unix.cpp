// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "discovery/layout.hpp"
#ifdef __APPLE__
#include "discovery/candidates_macos.hpp"
#include "platform/files.hpp"
#endif
#include "discovery/candidates.hpp"
#include "discovery/search_path.hpp"

namespace discovery {

std::vector<Candidate> candidatesBeside(const std::string&, const Abi&) {
  return {};
}

std::vector<Candidate> knownLocations(const Abi& wanted) {
  std::vector<Candidate> places;
#ifdef __APPLE__
  places = macosLocations({"", platform::environmentVariable("HOME"),
                           platform::environmentVariable("UV_PYTHON_INSTALL_DIR"),
                           platform::environmentVariable("PYENV_ROOT")},
                          wanted);
#endif
  const auto add = [&places](const std::vector<std::string>& paths) {
    for (const std::string& path : paths) {
      places.push_back({"the usual folders", path});
    }
  };
  add(versioned(allFolders(), wanted));
  add(named(usualFolders(), kPlainInterpreter));
  return places;
}

}  // namespace discovery

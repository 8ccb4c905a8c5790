// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "discovery/layout.hpp"
#ifdef __APPLE__
#include "discovery/places_macos.hpp"
#include "platform/files.hpp"
#endif
#include "discovery/search_path.hpp"
#include "discovery/usual_places.hpp"

namespace discovery {

std::vector<Place> placesBeside(const std::string&, const Wanted&) {
  return {};
}

std::vector<Place> usualPlaces(const Wanted& wanted) {
  std::vector<Place> places;
#ifdef __APPLE__
  places = macosPlaces({"", platform::environmentVariable("HOME"),
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

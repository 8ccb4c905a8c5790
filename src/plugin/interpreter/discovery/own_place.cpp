// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "interpreter/discovery/own_place.hpp"

#include <filesystem>

#include "interpreter/discovery/files.hpp"
#include "interpreter/discovery/layout.hpp"
#include "interpreter/discovery/virtual_env.hpp"

namespace interpreter::discovery {
namespace {

namespace fs = std::filesystem;

std::optional<OwnPlace> above(const std::string& path) {
  std::optional<OwnPlace> packages;
  for (fs::path folder = fs::u8path(path).parent_path();; folder = folder.parent_path()) {
    if (!packages) {
      packages = placeOfPackages(folder.u8string());
    }
    if (isVirtualEnv(folder.u8string())) {
      return OwnPlace{folder.u8string(), packages ? packages->abi : std::nullopt};
    }
    if (folder == folder.parent_path()) {
      return packages;
    }
  }
}

}  // namespace

std::optional<OwnPlace> ownPlace(const std::string& pluginPath) {
  if (pluginPath.empty()) {
    return std::nullopt;
  }
  if (std::optional<OwnPlace> place = above(absolute(pluginPath))) {
    return place;
  }
  return above(resolved(pluginPath));  // a link in Orthanc's folder of plugins
}

}  // namespace interpreter::discovery

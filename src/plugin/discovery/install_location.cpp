// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "discovery/install_location.hpp"

#include <filesystem>

#include "discovery/layout.hpp"
#include "discovery/virtual_env.hpp"
#include "platform/files.hpp"

namespace discovery {
namespace {

namespace fs = std::filesystem;

std::optional<InstallLocation> above(const std::string& path) {
  std::optional<InstallLocation> packages;
  for (fs::path folder = fs::u8path(path).parent_path();; folder = folder.parent_path()) {
    if (!packages) {
      packages = locationOfPackages(folder.u8string());
    }
    if (isVirtualEnv(folder.u8string())) {
      return InstallLocation{folder.u8string(), packages ? packages->abi : std::nullopt};
    }
    if (folder == folder.parent_path()) {
      return packages;
    }
  }
}

}  // namespace

std::optional<InstallLocation> installLocation(const std::string& pluginPath) {
  if (pluginPath.empty()) {
    return std::nullopt;
  }
  if (std::optional<InstallLocation> place = above(platform::absolute(pluginPath))) {
    return place;
  }
  return above(platform::resolved(pluginPath));  // a link in Orthanc's folder of plugins
}

}  // namespace discovery

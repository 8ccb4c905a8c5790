// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "interpreter/discovery/own_place.hpp"

#include <filesystem>

#include "interpreter/discovery/abi.hpp"
#include "interpreter/discovery/files.hpp"
#include "interpreter/discovery/virtual_env.hpp"

namespace interpreter::discovery {
namespace {

namespace fs = std::filesystem;

// PREFIX/lib/python3.13/site-packages, PREFIX/local/lib/python3/dist-packages, ...
std::optional<OwnPlace> fromPackagesFolder(const fs::path& folder) {
  const std::string name = folder.filename().u8string();
  if (name != "site-packages" && name != "dist-packages") {
    return std::nullopt;
  }
  const fs::path versioned = folder.parent_path();
  const fs::path lib = versioned.parent_path();
  const std::string python = versioned.filename().u8string(), prefix = "python3.";
  if (lib.filename() != "lib" && lib.filename() != "lib64") {
    return std::nullopt;
  }
  if (python != "python3" && python.compare(0, prefix.size(), prefix) != 0) {
    return std::nullopt;
  }
  OwnPlace place;
  place.prefix = lib.parent_path().u8string();
  std::size_t position = prefix.size();
  if (python != "python3") {
    place.abi = parseAbi(python, position);
  }
  return place;
}

std::optional<OwnPlace> above(const std::string& path) {
  std::optional<OwnPlace> packages;
  for (fs::path folder = fs::u8path(path).parent_path();; folder = folder.parent_path()) {
    if (!packages) {
      packages = fromPackagesFolder(folder);
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

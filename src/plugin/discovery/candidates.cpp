// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "discovery/candidates.hpp"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <tuple>

#include "discovery/virtual_env.hpp"
#include "platform/files.hpp"

namespace discovery {
namespace {

namespace fs = std::filesystem;

constexpr const char* kVersionedPrefix = "python3.";

struct Versioned {
  Abi abi;
  std::string path;
  std::size_t position;  // the order of the folders decides between equal versions
};

// The nearest virtual environment above the path, otherwise the installation that contains the
// folder of packages.
std::optional<InstallLocation> locationAbove(const std::string& path) {
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

// The ABI in a file name such as python3.13t; empty for python3.13-config.
std::optional<Abi> abiOfInterpreter(const fs::path& file) {
  std::string name = file.filename().u8string();
  if (file.extension() == kProgramSuffix) {
    name.resize(name.size() - std::strlen(kProgramSuffix));
  }
  if (name.rfind(kVersionedPrefix, 0) != 0) {
    return std::nullopt;
  }
  std::size_t position = std::strlen(kVersionedPrefix);
  const std::optional<Abi> abi = parseAbi(name, position);
  return position == name.size() ? abi : std::nullopt;
}

void collect(const std::string& folder, const Abi& wanted, std::vector<Versioned>& found) {
  std::error_code error;
  for (fs::directory_iterator at(fs::u8path(folder), error), end; !error && at != end;
       at.increment(error)) {
    const std::optional<Abi> abi = abiOfInterpreter(at->path());
    if (abi && accepts(wanted, *abi)) {
      found.push_back({*abi, at->path().u8string(), found.size()});
    }
  }
}

}  // namespace

std::optional<InstallLocation> installLocation(const std::string& pluginPath) {
  if (pluginPath.empty()) {
    return std::nullopt;
  }
  if (std::optional<InstallLocation> location = locationAbove(platform::absolute(pluginPath))) {
    return location;
  }
  return locationAbove(platform::resolved(pluginPath));  // a link in Orthanc's folder of plugins
}

std::vector<std::string> pathFolders() {
  std::vector<std::string> folders;
  const std::string path = platform::environmentVariable("PATH");
  for (std::size_t start = 0; start < path.size();) {
    const std::size_t end = std::min(path.find(kPathSeparator, start), path.size());
    std::string folder = path.substr(start, end - start);
    // relative entries depend on the current folder, where anyone may have put a `python3`
    if (fs::u8path(folder).is_absolute()) {
      folders.push_back(std::move(folder));
    }
    start = end + 1;
  }
  return folders;
}

std::vector<std::string> allFolders() {
  std::vector<std::string> folders = pathFolders();
  const std::vector<std::string> standard = standardFolders();
  folders.insert(folders.end(), standard.begin(), standard.end());
  return folders;
}

std::vector<std::string> filesNamed(const std::vector<std::string>& folders,
                                    const std::string& name) {
  std::vector<std::string> paths;
  for (const std::string& folder : folders) {
    std::string path = platform::join(folder, name);
    if (platform::isPresent(path) && !platform::isFolder(path)) {
      paths.push_back(std::move(path));
    }
  }
  return paths;
}

std::vector<std::string> versionedInterpreters(const std::vector<std::string>& folders,
                                               const Abi& wanted) {
  std::vector<Versioned> found;
  for (const std::string& folder : folders) {
    collect(folder, wanted, found);
  }
  const auto rank = [](const Versioned& one) {
    return std::make_tuple(-one.abi.minor, one.abi.freeThreaded, one.abi.debug, one.position);
  };
  std::sort(found.begin(), found.end(),
            [&rank](const Versioned& a, const Versioned& b) { return rank(a) < rank(b); });
  std::vector<std::string> paths;
  paths.reserve(found.size());
  for (Versioned& one : found) {
    paths.push_back(std::move(one.path));
  }
  return paths;
}

}  // namespace discovery

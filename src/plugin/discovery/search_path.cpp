// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "discovery/search_path.hpp"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <tuple>

#include "discovery/abi.hpp"
#include "discovery/layout.hpp"
#include "platform/files.hpp"

namespace discovery {
namespace {

namespace fs = std::filesystem;

struct Found {
  Abi abi;
  std::string path;
  std::size_t position;  // among all that were found
};

void collect(const std::string& folder, const Abi& wanted, std::vector<Found>& found) {
  const std::string prefix = "python3.";
  std::error_code error;
  for (fs::directory_iterator at(fs::u8path(folder), error), end; !error && at != end;
       at.increment(error)) {
    std::string name = at->path().filename().u8string();
    if (at->path().extension() == kProgramSuffix) {
      name.resize(name.size() - std::strlen(kProgramSuffix));
    }
    if (name.compare(0, prefix.size(), prefix) != 0) {
      continue;
    }
    std::size_t position = prefix.size();
    const std::optional<Abi> abi = parseAbi(name, position);
    const bool whole = abi && position == name.size();  // not python3.13-config
    if (whole && accepts(wanted, *abi)) {
      found.push_back({*abi, at->path().u8string(), found.size()});
    }
  }
}

}  // namespace

std::vector<std::string> pathFolders() {
  std::vector<std::string> folders;
  const std::string path = platform::environmentVariable("PATH");
  for (std::size_t start = 0; start < path.size();) {
    const std::size_t end = std::min(path.find(kPathSeparator, start), path.size());
    std::string folder = path.substr(start, end - start);
    // others depend on the current folder, where anyone may have put a `python3`
    if (fs::u8path(folder).is_absolute()) {
      folders.push_back(std::move(folder));
    }
    start = end + 1;
  }
  return folders;
}

std::vector<std::string> usualFolders() {
#if defined(_WIN32)
  return {};  // the registry knows better
#elif defined(__APPLE__)
  return {"/opt/homebrew/bin", "/usr/local/bin"};  // Apple's is in places_macos.cpp
#else
  return {"/usr/local/bin", "/usr/bin"};
#endif
}

std::vector<std::string> allFolders() {
  std::vector<std::string> folders = pathFolders();
  const std::vector<std::string> usual = usualFolders();
  folders.insert(folders.end(), usual.begin(), usual.end());
  return folders;
}

std::vector<std::string> named(const std::vector<std::string>& folders, const std::string& name) {
  std::vector<std::string> paths;
  for (const std::string& folder : folders) {
    std::string path = platform::join(folder, name);
    if (platform::isPresent(path) && !platform::isFolder(path)) {
      paths.push_back(std::move(path));
    }
  }
  return paths;
}

std::vector<std::string> versioned(const std::vector<std::string>& folders, const Abi& wanted) {
  std::vector<Found> found;
  for (const std::string& folder : folders) {
    collect(folder, wanted, found);
  }
  const auto rank = [](const Found& one) {
    return std::make_tuple(-one.abi.minor, one.abi.freeThreaded, one.abi.debug, one.position);
  };
  std::sort(found.begin(), found.end(),
            [&rank](const Found& a, const Found& b) { return rank(a) < rank(b); });
  std::vector<std::string> paths;
  paths.reserve(found.size());
  for (Found& one : found) {
    paths.push_back(std::move(one.path));
  }
  return paths;
}

}  // namespace discovery

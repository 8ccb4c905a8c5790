// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include <algorithm>
#include <cctype>
#include <filesystem>

#include "discovery/abi.hpp"
#include "discovery/layout.hpp"
#include "platform/files.hpp"

namespace discovery {
namespace {

std::string lowerCase(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return text;
}

}  // namespace

std::vector<std::string> interpreterFolders(const std::string& prefix) {
  return {platform::join(prefix, "Scripts"), prefix};
}

std::vector<std::string> interpreterNames(const Abi& wanted) {
  const std::string debug = wanted.debug ? "_d" : "";
  std::vector<std::string> names;
  if (wanted.minor != 0) {
    // python.org puts the free-threaded python3.13t.exe beside the ordinary python.exe
    Abi release = wanted;
    release.debug = false;
    names.push_back("python" + name(release) + debug + ".exe");
  }
  names.push_back("python" + debug + ".exe");
  if (wanted.debug) {
    names.emplace_back("python.exe");  // the name in some virtual environments
  }
  return names;
}

// PREFIX\Lib\site-packages, or after `pip install --user`: ...\Python\Python313\site-packages
std::optional<InstallLocation> locationOfPackages(const std::string& folder) {
  const std::filesystem::path path = std::filesystem::u8path(folder);
  if (lowerCase(path.filename().u8string()) != "site-packages") {
    return std::nullopt;
  }
  const std::filesystem::path above = path.parent_path();
  const std::string aboveName = lowerCase(above.filename().u8string()), python = "python3";
  InstallLocation place;
  if (aboveName == "lib") {
    place.prefix = above.parent_path().u8string();
    return place;
  }
  if (aboveName.compare(0, python.size(), python) != 0) {
    return std::nullopt;
  }
  std::size_t position = python.size();
  place.prefix = above.u8string();
  place.abi = parseAbi(aboveName, position);
  return place;
}

}  // namespace discovery

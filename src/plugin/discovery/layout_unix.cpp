// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include <filesystem>

#include "discovery/abi.hpp"
#include "discovery/layout.hpp"
#include "platform/files.hpp"

namespace discovery {

std::vector<std::string> interpreterFolders(const std::string& prefix) {
  return {platform::join(prefix, "bin")};
}

std::vector<std::string> interpreterNames(const Abi& wanted) {
  std::vector<std::string> names;
  if (wanted.minor != 0) {
    names.push_back("python" + name(wanted));
    // a free-threaded or debug build may be installed under the plain name
    Abi plain;
    plain.minor = wanted.minor;
    if (name(plain) != name(wanted)) {
      names.push_back("python" + name(plain));
    }
  }
  names.insert(names.end(), {"python3", "python"});
  return names;
}

// PREFIX/lib/python3.13/site-packages, PREFIX/local/lib/python3/dist-packages, ...
std::optional<InstallLocation> locationOfPackages(const std::string& folder) {
  const std::filesystem::path path = std::filesystem::u8path(folder);
  const std::string name = path.filename().u8string();
  if (name != "site-packages" && name != "dist-packages") {
    return std::nullopt;
  }
  const std::filesystem::path versioned = path.parent_path();
  const std::filesystem::path lib = versioned.parent_path();
  const std::string python = versioned.filename().u8string(), prefix = "python3.";
  if (lib.filename() != "lib" && lib.filename() != "lib64") {
    return std::nullopt;
  }
  if (python != "python3" && python.compare(0, prefix.size(), prefix) != 0) {
    return std::nullopt;
  }
  InstallLocation place;
  place.prefix = lib.parent_path().u8string();
  std::size_t position = prefix.size();
  if (python != "python3") {
    place.abi = parseAbi(python, position);
  }
  return place;
}

}  // namespace discovery

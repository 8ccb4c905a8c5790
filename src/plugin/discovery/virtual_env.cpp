// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "discovery/virtual_env.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <map>

#include "discovery/layout.hpp"
#include "platform/files.hpp"

namespace discovery {
namespace {

constexpr const char* kConfiguration = "pyvenv.cfg";

std::string stripped(const std::string& text) {
  const char* const blank = " \t\r\n";
  const std::size_t first = text.find_first_not_of(blank);
  if (first == std::string::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

// The settings in pyvenv.cfg: lines "key = value" without sections.
std::map<std::string, std::string> readVenvConfiguration(const std::string& folder) {
  std::map<std::string, std::string> settings;
  std::ifstream file(std::filesystem::u8path(platform::join(folder, kConfiguration)));
  for (std::string line; std::getline(file, line);) {
    const std::size_t equals = line.find('=');  // the first one: a path may contain others
    if (equals == std::string::npos) {
      continue;
    }
    std::string key = stripped(line.substr(0, equals));
    std::transform(key.begin(), key.end(), key.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    settings[key] = stripped(line.substr(equals + 1));
  }
  return settings;
}

}  // namespace

std::string interpreterIn(const std::string& prefix, const Abi& wanted) {
  for (const std::string& folder : interpreterFolders(prefix)) {
    for (const std::string& name : interpreterNames(wanted)) {
      std::string path = platform::join(folder, name);
      if (platform::isPresent(path)) {
        return path;
      }
    }
  }
  return {};
}

bool isVirtualEnv(const std::string& folder) {
  return platform::isFile(platform::join(folder, kConfiguration));
}

std::string environmentOf(const std::string& executable) {
  const std::filesystem::path bin =
      std::filesystem::u8path(platform::absolute(executable)).parent_path();
  const std::string prefix = bin.parent_path().u8string();
  return isVirtualEnv(prefix) || isVirtualEnv(bin.u8string()) ? prefix : "";
}

std::string whyNoInterpreter(const std::string& folder) {
  if (!platform::isPresent(folder)) {
    return "does not exist";
  }
  if (!platform::isFolder(folder)) {
    return "is not a folder";
  }
  if (!isVirtualEnv(folder)) {
    return std::string("is not a virtual environment: it has neither pyvenv.cfg nor ") +
           kEnvironmentInterpreter;
  }
  const std::string home = readVenvConfiguration(folder)["home"];
  if (!home.empty() && !platform::isFolder(home)) {
    return "was created from the Python in " + home + ", which no longer exists: create it again";
  }
  return std::string("has no ") + kEnvironmentInterpreter + ", or a broken link instead";
}

}  // namespace discovery

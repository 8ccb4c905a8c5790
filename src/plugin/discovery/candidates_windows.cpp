// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "discovery/candidates.hpp"

#include <windows.h>

#include <filesystem>

#include "discovery/install_manager_windows.hpp"
#include "discovery/layout.hpp"
#include "discovery/registry_windows.hpp"
#include "discovery/store_windows.hpp"
#include "platform/files.hpp"
#include "platform/utf16_windows.hpp"

namespace discovery {
namespace {

// Of the program that runs, which is Orthanc
std::string ownProgram() {
  constexpr DWORD kLongest = 32768;
  std::wstring path(kLongest, L'\0');
  path.resize(GetModuleFileNameW(nullptr, &path[0], kLongest));
  return platform::utf8(path);
}

}  // namespace

std::vector<Candidate> candidatesBeside(const std::string& pluginPath, const Abi& wanted) {
  std::vector<Candidate> places;
  const auto add = [&](const char* source, const std::string& file) {
    const std::string folder = std::filesystem::u8path(file).parent_path().u8string();
    for (const std::string& place : {folder, platform::join(folder, "python")}) {
      for (const std::string& name : interpreterNames(wanted)) {
        const std::string path = platform::join(place, name);
        if (platform::isFile(path)) {
          places.push_back({source, path});
        }
      }
    }
  };
  add("the folder of this library", pluginPath);
  add("the folder of Orthanc", ownProgram());
  return places;
}

std::vector<Candidate> knownLocations(const Abi& wanted) {
  std::vector<Candidate> places = registeredPythons(wanted);
  for (const std::vector<Candidate>& more : {managedPythons(wanted), storePythons(wanted)}) {
    places.insert(places.end(), more.begin(), more.end());
  }
  return places;
}

}  // namespace discovery

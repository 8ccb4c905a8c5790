// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "discovery/folders_windows.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "discovery/abi.hpp"
#include "discovery/virtual_env.hpp"

namespace discovery {

std::vector<Candidate> interpretersBelow(const std::string& folder, const std::string& prefix,
                                         const Abi& wanted, const std::string& source) {
  std::vector<std::pair<int, Candidate>> found;
  std::error_code error;
  for (std::filesystem::directory_iterator at(std::filesystem::u8path(folder), error), end;
       !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().u8string();
    std::size_t position = prefix.size();
    if (name.compare(0, prefix.size(), prefix) != 0) {
      continue;
    }
    const std::optional<Abi> abi = parseAbi(name, position);
    const std::string interpreter = interpreterIn(at->path().u8string(), wanted);
    if (abi && (wanted.minor == 0 || wanted.minor == abi->minor) && !interpreter.empty()) {
      found.push_back({-abi->minor, {source, interpreter}});
    }
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<Candidate> places;
  places.reserve(found.size());
  for (auto& [rank, place] : found) {
    places.push_back(std::move(place));
  }
  return places;
}

}  // namespace discovery

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "discovery/candidates.hpp"

#include <algorithm>
#include <filesystem>

#include "platform/files.hpp"

namespace discovery {
namespace {

namespace fs = std::filesystem;

// The folder bin/ in each folder of `parent` whose name begins with `prefix`.
std::vector<std::string> binFolders(const std::string& parent, const std::string& prefix) {
  std::vector<std::string> folders;
  std::error_code error;
  for (fs::directory_iterator at(fs::u8path(parent), error), end; !error && at != end;
       at.increment(error)) {
    const std::string name = at->path().filename().u8string();
    if (name.compare(0, prefix.size(), prefix) == 0) {
      folders.push_back(platform::join(at->path().u8string(), "bin"));
    }
  }
  std::sort(folders.begin(), folders.end());  // directories have no order
  return folders;
}

void append(std::vector<std::string>& folders, std::vector<std::string> more) {
  folders.insert(folders.end(), more.begin(), more.end());
}

// The links in opt/ survive when Homebrew replaces a version; the folders in Cellar/ do not.
std::vector<std::string> homebrew(const std::string& root) {
  std::vector<std::string> folders;
  for (const char* prefix : {"/opt/homebrew", "/usr/local"}) {  // Apple silicon, Intel
    const std::string opt = root + prefix + "/opt";
    append(folders, binFolders(opt, "python@3."));
    append(folders, binFolders(opt, "python-freethreading"));
  }
  return folders;
}

// By version: the link Versions/Current is missing if several are installed.
std::vector<std::string> frameworks(const std::string& folder) {
  std::vector<std::string> folders;
  for (const char* name : {"Python.framework", "PythonT.framework", "Python3.framework"}) {
    append(folders, binFolders(folder + "/" + name + "/Versions", "3."));
  }
  return folders;
}

}  // namespace

std::vector<Candidate> macosLocations(const MacosFolders& given, const Abi& wanted) {
  std::vector<Candidate> candidates;
  const auto add = [&](const char* source, const std::vector<std::string>& folders) {
    for (const std::string& path : versionedInterpreters(folders, wanted)) {
      candidates.push_back({source, path});
    }
  };
  add("Homebrew", homebrew(given.root));
  add("python.org", frameworks(given.root + "/Library/Frameworks"));
  const bool hasHome = !given.home.empty();
  if (!given.uv.empty() || hasHome) {
    const std::string standard = given.home + "/.local/share/uv/python";
    add("uv", binFolders(given.uv.empty() ? standard : given.uv, "cpython-3."));
  }
  if (!given.pyenv.empty() || hasHome) {
    const std::string pyenv = given.pyenv.empty() ? given.home + "/.pyenv" : given.pyenv;
    add("pyenv", binFolders(platform::join(pyenv, "versions"), "3."));
  }
  // not /usr/bin/python3, which asks the user to install these tools if they are missing
  const std::string tools = "/Library/Developer/CommandLineTools/Library/Frameworks";
  add("Command Line Tools", frameworks(given.root + tools));
  return candidates;
}

}  // namespace discovery

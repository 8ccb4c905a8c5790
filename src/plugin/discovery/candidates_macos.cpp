// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "discovery/candidates_macos.hpp"

#include <algorithm>
#include <filesystem>

#include "discovery/search_path.hpp"
#include "platform/files.hpp"

namespace discovery {
namespace {

namespace fs = std::filesystem;

// The folders bin/ of those folders in `parent` whose names begin with `prefix`.
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
  std::sort(folders.begin(), folders.end());  // the file system has no order of its own
  return folders;
}

void append(std::vector<std::string>& folders, std::vector<std::string> more) {
  folders.insert(folders.end(), more.begin(), more.end());
}

// The links in opt/ stay the same when Homebrew replaces a version; those in Cellar/ do not.
std::vector<std::string> homebrew(const std::string& root) {
  std::vector<std::string> folders;
  for (const char* prefix : {"/opt/homebrew", "/usr/local"}) {  // Apple's processors, Intel's
    const std::string opt = root + prefix + "/opt";
    append(folders, binFolders(opt, "python@3."));
    append(folders, binFolders(opt, "python-freethreading"));
  }
  return folders;
}

// By the number of the version: Versions/Current is missing where several are installed.
std::vector<std::string> frameworks(const std::string& folder) {
  std::vector<std::string> folders;
  for (const char* name : {"Python.framework", "PythonT.framework", "Python3.framework"}) {
    append(folders, binFolders(folder + "/" + name + "/Versions", "3."));
  }
  return folders;
}

}  // namespace

std::vector<Candidate> macosLocations(const MacosFolders& given, const Abi& wanted) {
  std::vector<Candidate> places;
  const auto add = [&](const char* source, const std::vector<std::string>& folders) {
    for (const std::string& path : versioned(folders, wanted)) {
      places.push_back({source, path});
    }
  };
  add("Homebrew", homebrew(given.root));
  add("python.org", frameworks(given.root + "/Library/Frameworks"));
  const bool hasHome = !given.home.empty();
  if (!given.uv.empty() || hasHome) {
    const std::string usual = given.home + "/.local/share/uv/python";
    add("uv", binFolders(given.uv.empty() ? usual : given.uv, "cpython-3."));
  }
  if (!given.pyenv.empty() || hasHome) {
    const std::string pyenv = given.pyenv.empty() ? given.home + "/.pyenv" : given.pyenv;
    add("pyenv", binFolders(platform::join(pyenv, "versions"), "3."));
  }
  // not /usr/bin/python3, which asks the user to install these tools when they are missing
  const std::string tools = "/Library/Developer/CommandLineTools/Library/Frameworks";
  add("Command Line Tools", frameworks(given.root + tools));
  return places;
}

}  // namespace discovery

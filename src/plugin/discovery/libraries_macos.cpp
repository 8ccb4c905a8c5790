// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "discovery/libraries_macos.hpp"

#include "discovery/abi.hpp"
#include "platform/files.hpp"

namespace discovery {

std::vector<std::string> macosLibraries(const Facts& facts) {
  std::vector<std::string> paths = facts.selfReported;
  // Python.framework/Versions/3.13/Python below /Library/Frameworks or Homebrew's folder
  if (!facts.frameworkPrefix.empty() && !facts.soname.empty()) {
    paths.push_back(platform::join(facts.frameworkPrefix, facts.soname));
  }
  // The same seen from within, for a framework that was moved, as relocatable ones are
  const std::size_t framework = facts.basePrefix.rfind(".framework/");
  if (framework != std::string::npos) {
    const std::size_t slash = facts.basePrefix.rfind('/', framework);
    const std::string product = facts.basePrefix.substr(slash + 1, framework - slash - 1);
    paths.push_back(platform::join(facts.basePrefix, product));
  }
  // uv's, pyenv's with --enable-shared, conda's; LIBDIR is wrong where a Python was moved
  const std::string file = "libpython" + name(facts.abi) + ".dylib";
  for (const std::string& folder :
       {platform::join(facts.basePrefix, "lib"), facts.libraryDir, facts.configDir}) {
    if (!folder.empty()) {
      paths.push_back(platform::join(folder, file));
    }
  }
  return paths;
}

}  // namespace discovery

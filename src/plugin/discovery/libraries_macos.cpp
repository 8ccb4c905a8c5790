// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "discovery/libraries_macos.hpp"

#include "discovery/abi.hpp"
#include "platform/files.hpp"

namespace discovery {

std::vector<std::string> macosLibraries(const InterpreterInfo& info) {
  std::vector<std::string> paths = info.selfReported;
  // Python.framework/Versions/3.13/Python below /Library/Frameworks or Homebrew's folder
  if (!info.frameworkPrefix.empty() && !info.soname.empty()) {
    paths.push_back(platform::join(info.frameworkPrefix, info.soname));
  }
  // The same seen from within, for a framework that was moved, as relocatable ones are
  const std::size_t framework = info.basePrefix.rfind(".framework/");
  if (framework != std::string::npos) {
    const std::size_t slash = info.basePrefix.rfind('/', framework);
    const std::string product = info.basePrefix.substr(slash + 1, framework - slash - 1);
    paths.push_back(platform::join(info.basePrefix, product));
  }
  // uv's, pyenv's with --enable-shared, conda's; LIBDIR is wrong where a Python was moved
  const std::string file = "libpython" + name(info.abi) + ".dylib";
  for (const std::string& folder :
       {platform::join(info.basePrefix, "lib"), info.libraryDir, info.configDir}) {
    if (!folder.empty()) {
      paths.push_back(platform::join(folder, file));
    }
  }
  return paths;
}

}  // namespace discovery

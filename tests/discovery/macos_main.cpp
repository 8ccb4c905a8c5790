// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// macos_main places ROOT HOME UV PYENV MINOR FREE_THREADED
// macos_main libraries SONAME FRAMEWORK_PREFIX BASE_PREFIX LIBDIR MINOR FREE_THREADED
// macos_main environment PLUGIN
// Prints the paths that the discovery for macOS would try, as JSON.

#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "discovery/candidates.hpp"
#include "discovery/libpython.hpp"
#include "discovery/virtual_env.hpp"
#include "support/json.hpp"

using namespace discovery;

namespace {

// The environment that holds the plugin, and its interpreter
void printEnvironment(const std::string& plugin) {
  const std::optional<InstallLocation> place = installLocation(plugin);
  const std::string interpreter = place ? interpreterIn(place->prefix, Abi{}) : "";
  std::cout << json::Array().add(environmentOf(interpreter)).add(interpreter).text() << "\n";
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.at(0) == "environment") {
    printEnvironment(words.at(1));
    return 0;
  }
  Abi wanted;
  wanted.minor = std::stoi(words.at(5));
  wanted.freeThreaded = words.at(6) == "1";
  json::Array result;
  if (words.at(0) == "places") {
    for (const Candidate& place :
         macosLocations({words.at(1), words.at(2), words.at(3), words.at(4)}, wanted)) {
      result.add(json::Array().add(place.source).add(place.path));
    }
  } else {
    InterpreterInfo info;
    info.soname = words.at(1);
    info.frameworkPrefix = words.at(2);
    info.basePrefix = words.at(3);
    info.libraryDir = words.at(4);
    info.abi = wanted;
    for (const std::string& path : libraryPaths(info, ".dylib")) {
      result.add(path);
    }
  }
  std::cout << result.text() << "\n";
  return 0;
}

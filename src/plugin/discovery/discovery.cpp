// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "discovery/discovery.hpp"

#include <filesystem>

#include "discovery/abi.hpp"
#include "discovery/candidates.hpp"
#include "discovery/explicit_options.hpp"
#include "discovery/install_location.hpp"
#include "discovery/layout.hpp"
#include "discovery/probe.hpp"
#include "discovery/search_path.hpp"
#include "discovery/virtual_env.hpp"
#include "platform/files.hpp"

namespace discovery {
namespace {

constexpr const char* kOwnPlace = "the environment that holds this library";
constexpr const char* kOwnVersion = "the version of the folder that holds this library";
constexpr const char* kGivenLibrary = "the folder of the option Library";
constexpr const char* kActive = "VIRTUAL_ENV";
constexpr const char* kPath = "PATH";

bool tryEach(Prober& prober, const char* source, const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    if (prober.probe(source, path)) {
      return true;
    }
  }
  return false;
}

bool tryEach(Prober& prober, const std::vector<Candidate>& places) {
  for (const Candidate& place : places) {
    if (prober.probe(place.source, place.path)) {
      return true;
    }
  }
  return false;
}

// `pip install --user` and distributions keep packages apart from the interpreter: the folder then
// only tells the version.
bool tryOwnPlace(Prober& prober, const std::string& pluginPath) {
  const std::optional<InstallLocation> place = installLocation(pluginPath);
  if (!place) {
    return false;
  }
  const Abi wanted = place->abi.value_or(prober.wanted());
  const std::string interpreter = interpreterIn(place->prefix, wanted);
  if (!interpreter.empty() || isVirtualEnv(place->prefix)) {
    return prober.probePrefix(kOwnPlace, place->prefix);
  }
  if (!place->abi || !accepts(prober.wanted(), *place->abi)) {
    return false;
  }
  return tryEach(prober, kOwnVersion, versioned(allFolders(), *place->abi));
}

// PREFIX/lib/libpython3.13.so, PREFIX/lib/x86_64-linux-gnu/libpython3.13.so,
// Python.framework/Versions/3.13/Python: the interpreter is in the bin/ of a folder above.
bool tryPrefixOfLibrary(Prober& prober, const std::string& library) {
  constexpr int kMostLevels = 4;
  std::filesystem::path folder = std::filesystem::u8path(platform::absolute(library)).parent_path();
  for (int level = 0; level < kMostLevels; ++level, folder = folder.parent_path()) {
    const std::string interpreter = interpreterIn(folder.u8string(), prober.wanted());
    if (!interpreter.empty()) {
      return prober.probe(kGivenLibrary, interpreter);
    }
  }
  return false;
}

bool tryPath(Prober& prober) {
  const std::vector<std::string> folders = pathFolders();
  const std::vector<std::string> plain = named(folders, kPlainInterpreter);
  if (prober.wanted().minor == 0) {
    return tryEach(prober, kPath, plain);
  }
  return tryEach(prober, kPath, versioned(folders, prober.wanted())) ||
         tryEach(prober, kPath, plain);
}

void lookAround(const Options& options, Prober& prober) {
  if (tryOwnPlace(prober, options.pluginPath) ||
      tryEach(prober, candidatesBeside(options.pluginPath, options.wanted))) {
    return;
  }
  if (!options.library.empty() && tryPrefixOfLibrary(prober, options.library)) {
    return;
  }
  const std::string active = platform::environmentVariable("VIRTUAL_ENV");
  if (!active.empty() && prober.probePrefix(kActive, active)) {
    return;
  }
  if (tryPath(prober) || tryEach(prober, knownLocations(prober.wanted()))) {
    return;
  }
  if (prober.search().rejected.empty()) {
    prober.reject(kPath, platform::environmentVariable("PATH"),
                  std::string("has no ") + kPlainInterpreter);
  }
}

}  // namespace

Search discover(const Options& options) {
  Prober prober(options.wanted);
  if (!decideByOptions(options, prober)) {
    lookAround(options, prober);
  }
  return std::move(prober.search());
}

}  // namespace discovery

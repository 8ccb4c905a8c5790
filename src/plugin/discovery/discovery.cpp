// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "discovery/discovery.hpp"

#include <filesystem>

#include "discovery/abi.hpp"
#include "discovery/examiner.hpp"
#include "discovery/explicit_options.hpp"
#include "discovery/layout.hpp"
#include "discovery/own_place.hpp"
#include "discovery/search_path.hpp"
#include "discovery/usual_places.hpp"
#include "discovery/virtual_env.hpp"
#include "platform/files.hpp"

namespace discovery {
namespace {

constexpr const char* kOwnPlace = "the environment that holds this library";
constexpr const char* kOwnVersion = "the version of the folder that holds this library";
constexpr const char* kGivenLibrary = "the folder of the option Library";
constexpr const char* kActive = "VIRTUAL_ENV";
constexpr const char* kPath = "PATH";

bool tryEach(Examiner& examiner, const char* source, const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    if (examiner.examine(source, path)) {
      return true;
    }
  }
  return false;
}

bool tryEach(Examiner& examiner, const std::vector<Place>& places) {
  for (const Place& place : places) {
    if (examiner.examine(place.source, place.path)) {
      return true;
    }
  }
  return false;
}

// `pip install --user` and distributions keep packages apart from the interpreter: the folder then
// only tells the version.
bool tryOwnPlace(Examiner& examiner, const std::string& pluginPath) {
  const std::optional<OwnPlace> place = ownPlace(pluginPath);
  if (!place) {
    return false;
  }
  const Wanted wanted = place->abi.value_or(examiner.wanted());
  const std::string interpreter = interpreterIn(place->prefix, wanted);
  if (!interpreter.empty() || isVirtualEnv(place->prefix)) {
    return examiner.examinePrefix(kOwnPlace, place->prefix);
  }
  if (!place->abi || !accepts(examiner.wanted(), *place->abi)) {
    return false;
  }
  return tryEach(examiner, kOwnVersion, versioned(allFolders(), *place->abi));
}

// PREFIX/lib/libpython3.13.so, PREFIX/lib/x86_64-linux-gnu/libpython3.13.so,
// Python.framework/Versions/3.13/Python: the interpreter is in the bin/ of a folder above.
bool tryPrefixOfLibrary(Examiner& examiner, const std::string& library) {
  constexpr int kMostLevels = 4;
  std::filesystem::path folder = std::filesystem::u8path(platform::absolute(library)).parent_path();
  for (int level = 0; level < kMostLevels; ++level, folder = folder.parent_path()) {
    const std::string interpreter = interpreterIn(folder.u8string(), examiner.wanted());
    if (!interpreter.empty()) {
      return examiner.examine(kGivenLibrary, interpreter);
    }
  }
  return false;
}

bool tryPath(Examiner& examiner) {
  const std::vector<std::string> folders = pathFolders();
  const std::vector<std::string> plain = named(folders, kPlainInterpreter);
  if (examiner.wanted().minor == 0) {
    return tryEach(examiner, kPath, plain);
  }
  return tryEach(examiner, kPath, versioned(folders, examiner.wanted())) ||
         tryEach(examiner, kPath, plain);
}

void lookAround(const Options& options, Examiner& examiner) {
  if (tryOwnPlace(examiner, options.pluginPath) ||
      tryEach(examiner, placesBeside(options.pluginPath, options.wanted))) {
    return;
  }
  if (!options.library.empty() && tryPrefixOfLibrary(examiner, options.library)) {
    return;
  }
  const std::string active = platform::environmentVariable("VIRTUAL_ENV");
  if (!active.empty() && examiner.examinePrefix(kActive, active)) {
    return;
  }
  if (tryPath(examiner) || tryEach(examiner, usualPlaces(examiner.wanted()))) {
    return;
  }
  if (examiner.search().rejected.empty()) {
    examiner.reject(kPath, platform::environmentVariable("PATH"),
                    std::string("has no ") + kPlainInterpreter);
  }
}

}  // namespace

Search discover(const Options& options) {
  Examiner examiner(options.wanted);
  if (!decideByOptions(options, examiner)) {
    lookAround(options, examiner);
  }
  return std::move(examiner.search());
}

}  // namespace discovery

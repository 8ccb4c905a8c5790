// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "discovery/discovery.hpp"

#include <filesystem>
#include <sstream>

#include "discovery/candidates.hpp"
#include "discovery/install_hint.hpp"
#include "discovery/probe.hpp"
#include "discovery/virtual_env.hpp"
#include "platform/binary_format.hpp"
#include "platform/files.hpp"

namespace discovery {
namespace {

namespace fs = std::filesystem;

// The sources in the log
constexpr const char* kLibraryOption = "the option Library";
constexpr const char* kExecutableOption = "the option Executable";
constexpr const char* kVirtualEnvOption = "the option VirtualEnv";
constexpr const char* kInstallLocation = "the environment that contains the plugin";
constexpr const char* kInstallVersion = "the Python version in the path of the plugin";
constexpr const char* kPrefixOfLibrary = "the installation of the option Library";
constexpr const char* kActiveEnvironment = "VIRTUAL_ENV";
constexpr const char* kPath = "PATH";

bool probeEach(Prober& prober, const char* source, const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    if (prober.probe(source, path)) {
      return true;
    }
  }
  return false;
}

bool probeEach(Prober& prober, const std::vector<Candidate>& candidates) {
  for (const Candidate& candidate : candidates) {
    if (prober.probe(candidate.source, candidate.path)) {
      return true;
    }
  }
  return false;
}

std::string whyLibraryUnfit(const std::string& library, const Abi& wanted) {
  if (!platform::isPresent(library)) {
    return "does not exist";
  }
  if (!platform::isFile(library)) {
    return "is not a file";
  }
  std::string reason = platform::whyNotLoadable(library);
  if (!reason.empty()) {
    return reason;
  }
  const std::optional<Abi> abi = abiOfLibrary(library);
  if (abi && !accepts(wanted, *abi)) {
    return "is the library of Python " + name(*abi) + "; the plugin needs " + describe(wanted);
  }
  return {};
}

// False if the library cannot be used.
bool applyLibraryOption(Prober& prober, const std::string& path) {
  const std::string library = platform::absolute(path);
  const std::string reason = whyLibraryUnfit(library, prober.wanted());
  if (!reason.empty()) {
    prober.reject(kLibraryOption, library, reason);
    return false;
  }
  std::optional<Abi> abi = abiOfLibrary(library);
  if (!abi) {
    abi = abiOfLibrary(platform::resolved(library));
  }
  if (abi) {
    prober.narrow(*abi);
  }
  prober.useLibrary(library);
  return true;
}

void probeExecutableOption(Prober& prober, const std::string& given) {
  if (fs::u8path(given).has_parent_path()) {
    prober.probe(kExecutableOption, given);
    return;
  }
  std::vector<std::string> paths = filesNamed(pathFolders(), given);
  if (paths.empty()) {
    paths = filesNamed(pathFolders(), given + kProgramSuffix);
  }
  if (paths.empty()) {
    prober.reject(kExecutableOption, given, "is not in PATH");
  } else {
    prober.probe(kExecutableOption, paths.front());
  }
}

void requireSameEnvironment(Prober& prober, const std::string& folder) {
  std::optional<Python>& found = prober.search().found;
  if (!found ||
      platform::resolved(found->prefix) == platform::resolved(platform::absolute(folder))) {
    return;
  }
  prober.reject(
      kExecutableOption, found->executable,
      "is not in the virtual environment " + folder + ": set either Executable or VirtualEnv");
  found.reset();
}

// True if the options Executable and VirtualEnv decide the search, or if an option cannot be used.
bool decideByOptions(Prober& prober, const Options& options) {
  if (!options.library.empty() && !applyLibraryOption(prober, options.library)) {
    return true;
  }
  if (options.executable.empty() && options.virtualEnv.empty()) {
    return false;
  }
  prober.trustInterpreter();
  if (options.executable.empty()) {
    prober.probePrefix(kVirtualEnvOption, options.virtualEnv);
    return true;
  }
  probeExecutableOption(prober, options.executable);
  if (!options.virtualEnv.empty()) {
    requireSameEnvironment(prober, options.virtualEnv);
  }
  return true;
}

// After `pip install --user`, and in distributions, no interpreter is near the packages: the
// name of their folder contains only the version.
bool probeInstallLocation(Prober& prober, const std::string& pluginPath) {
  const std::optional<InstallLocation> location = installLocation(pluginPath);
  if (!location) {
    return false;
  }
  const Abi wanted = location->abi.value_or(prober.wanted());
  if (!interpreterIn(location->prefix, wanted).empty() || isVirtualEnv(location->prefix)) {
    return prober.probePrefix(kInstallLocation, location->prefix);
  }
  if (!location->abi || !accepts(prober.wanted(), *location->abi)) {
    return false;
  }
  return probeEach(prober, kInstallVersion, versionedInterpreters(allFolders(), *location->abi));
}

// PREFIX/lib/libpython3.13.so, PREFIX/lib/x86_64-linux-gnu/libpython3.13.so,
// Python.framework/Versions/3.13/Python: the interpreter is in the bin/ of a folder above.
bool probePrefixOfLibrary(Prober& prober, const std::string& library) {
  constexpr int kMostLevels = 4;
  fs::path folder = fs::u8path(platform::absolute(library)).parent_path();
  for (int level = 0; level < kMostLevels; ++level, folder = folder.parent_path()) {
    const std::string interpreter = interpreterIn(folder.u8string(), prober.wanted());
    if (!interpreter.empty()) {
      return prober.probe(kPrefixOfLibrary, interpreter);
    }
  }
  return false;
}

bool probePath(Prober& prober) {
  const std::vector<std::string> folders = pathFolders();
  const std::vector<std::string> plain = filesNamed(folders, kPlainInterpreter);
  if (prober.wanted().minor == 0) {
    return probeEach(prober, kPath, plain);
  }
  return probeEach(prober, kPath, versionedInterpreters(folders, prober.wanted())) ||
         probeEach(prober, kPath, plain);
}

void searchEverywhere(Prober& prober, const Options& options) {
  if (probeInstallLocation(prober, options.pluginPath) ||
      probeEach(prober, candidatesBeside(options.pluginPath, options.wanted))) {
    return;
  }
  if (!options.library.empty() && probePrefixOfLibrary(prober, options.library)) {
    return;
  }
  const std::string active = platform::environmentVariable("VIRTUAL_ENV");
  if (!active.empty() && prober.probePrefix(kActiveEnvironment, active)) {
    return;
  }
  if (probePath(prober) || probeEach(prober, knownLocations(prober.wanted()))) {
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
  if (!decideByOptions(prober, options)) {
    searchEverywhere(prober, options);
  }
  return std::move(prober.search());
}

std::string report(const Search& search, const Options& options) {
  const bool optionsSet =
      !options.executable.empty() || !options.virtualEnv.empty() || !options.library.empty();
  std::ostringstream text;
  text << "No Python that this plugin can use was found.\n"
       << "Required: " << describe(options.wanted) << ", " << kPointerBits
       << " bits, with its shared library.\n"
       << "Rejected candidates:\n";
  for (const Rejection& one : search.rejected) {
    text << "  " << one.path << " (" << one.source << ") " << one.reason << "\n";
  }
  text << "Remedy:\n";
  if (optionsSet) {
    text << "  Correct the option in the section \"Python\" of Orthanc's configuration, or remove "
            "it:\n"
            "  the plugin then searches for a Python.\n";
  }
  text << installHint(options.wanted);
  return text.str();
}

}  // namespace discovery

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "discovery/explicit_options.hpp"

#include <filesystem>

#include "discovery/abi.hpp"
#include "discovery/layout.hpp"
#include "discovery/machine.hpp"
#include "discovery/search_path.hpp"
#include "platform/files.hpp"

namespace discovery {
namespace {

constexpr const char* kLibrary = "the option Library";
constexpr const char* kExecutable = "the option Executable";
constexpr const char* kVirtualEnv = "the option VirtualEnv";

std::string whyNotUsable(const std::string& library, const Abi& wanted) {
  if (!platform::isPresent(library)) {
    return "does not exist";
  }
  if (!platform::isFile(library)) {
    return "is not a file";
  }
  std::string reason = whyNotLoadable(library);
  if (!reason.empty()) {
    return reason;
  }
  const std::optional<Abi> abi = abiOfLibrary(library);
  if (abi && !accepts(wanted, *abi)) {
    return "is of Python " + name(*abi) + ", wanted is " + describe(wanted);
  }
  return {};
}

bool useLibrary(const std::string& path, Prober& prober) {
  const std::string library = platform::absolute(path);
  const std::string reason = whyNotUsable(library, prober.wanted());
  if (!reason.empty()) {
    prober.reject(kLibrary, library, reason);
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

void useExecutable(const std::string& given, Prober& prober) {
  if (std::filesystem::u8path(given).has_parent_path()) {
    prober.probe(kExecutable, given);
    return;
  }
  std::vector<std::string> paths = named(pathFolders(), given);
  if (paths.empty()) {
    paths = named(pathFolders(), given + kProgramSuffix);
  }
  if (paths.empty()) {
    prober.reject(kExecutable, given, "is in no folder of PATH");
  } else {
    prober.probe(kExecutable, paths.front());
  }
}

// Two options that contradict each other must not be a matter of luck.
void requireSameEnvironment(const std::string& folder, Prober& prober) {
  std::optional<Python>& found = prober.search().found;
  if (!found ||
      platform::resolved(found->prefix) == platform::resolved(platform::absolute(folder))) {
    return;
  }
  prober.reject(kExecutable, found->executable,
                "is not of the virtual environment " + folder + ": give one option or the other");
  found.reset();
}

}  // namespace

bool decideByOptions(const Options& options, Prober& prober) {
  if (!options.library.empty() && !useLibrary(options.library, prober)) {
    return true;
  }
  if (options.executable.empty() && options.virtualEnv.empty()) {
    return false;
  }
  prober.trustInterpreter();
  if (options.executable.empty()) {
    prober.probePrefix(kVirtualEnv, options.virtualEnv);
  } else {
    useExecutable(options.executable, prober);
    if (!options.virtualEnv.empty()) {
      requireSameEnvironment(options.virtualEnv, prober);
    }
  }
  return true;
}

}  // namespace discovery

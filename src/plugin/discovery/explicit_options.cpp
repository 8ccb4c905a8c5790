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

std::string whyNotUsable(const std::string& library, const Wanted& wanted) {
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
  const std::optional<Wanted> abi = abiOfLibrary(library);
  if (abi && !accepts(wanted, *abi)) {
    return "is of Python " + name(*abi) + ", wanted is " + describe(wanted);
  }
  return {};
}

bool useLibrary(const std::string& path, Examiner& examiner) {
  const std::string library = platform::absolute(path);
  const std::string reason = whyNotUsable(library, examiner.wanted());
  if (!reason.empty()) {
    examiner.reject(kLibrary, library, reason);
    return false;
  }
  std::optional<Wanted> abi = abiOfLibrary(library);
  if (!abi) {
    abi = abiOfLibrary(platform::resolved(library));
  }
  if (abi) {
    examiner.narrow(*abi);
  }
  examiner.useLibrary(library);
  return true;
}

void useExecutable(const std::string& given, Examiner& examiner) {
  if (std::filesystem::u8path(given).has_parent_path()) {
    examiner.examine(kExecutable, given);
    return;
  }
  std::vector<std::string> paths = named(pathFolders(), given);
  if (paths.empty()) {
    paths = named(pathFolders(), given + kProgramSuffix);
  }
  if (paths.empty()) {
    examiner.reject(kExecutable, given, "is in no folder of PATH");
  } else {
    examiner.examine(kExecutable, paths.front());
  }
}

// Two options that contradict each other must not be a matter of luck.
void requireSameEnvironment(const std::string& folder, Examiner& examiner) {
  std::optional<Python>& found = examiner.search().found;
  if (!found ||
      platform::resolved(found->prefix) == platform::resolved(platform::absolute(folder))) {
    return;
  }
  examiner.reject(kExecutable, found->executable,
                  "is not of the virtual environment " + folder + ": give one option or the other");
  found.reset();
}

}  // namespace

bool decideByOptions(const Options& options, Examiner& examiner) {
  if (!options.library.empty() && !useLibrary(options.library, examiner)) {
    return true;
  }
  if (options.executable.empty() && options.virtualEnv.empty()) {
    return false;
  }
  examiner.trustInterpreter();
  if (options.executable.empty()) {
    examiner.examinePrefix(kVirtualEnv, options.virtualEnv);
  } else {
    useExecutable(options.executable, examiner);
    if (!options.virtualEnv.empty()) {
      requireSameEnvironment(options.virtualEnv, examiner);
    }
  }
  return true;
}

}  // namespace discovery

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "discovery/examiner.hpp"

#include <filesystem>

#include "discovery/abi.hpp"
#include "discovery/libpython.hpp"
#include "discovery/machine.hpp"
#include "discovery/virtual_env.hpp"
#include "platform/files.hpp"

namespace discovery {
namespace {

// Equal for two names of the same interpreter. The python of a virtual environment is a link to
// the one it was made from, and yet another interpreter.
std::string identity(const std::string& executable) {
  const std::string environment = environmentOf(executable);
  const std::string file = platform::resolved(executable);
  return environment.empty() ? file : platform::resolved(environment) + '\n' + file;
}

Python pythonOf(const Facts& facts, const std::string& library) {
  Python python;
  python.executable = facts.executable;
  python.baseExecutable = facts.baseExecutable;
  python.library = library;
  python.prefix = facts.prefix;
  python.basePrefix = facts.basePrefix;
  python.version = facts.version;
  python.minor = facts.abi.minor;
  python.freeThreaded = facts.abi.freeThreaded;
  python.debug = facts.abi.debug;
  return python;
}

}  // namespace

void Examiner::reject(const std::string& source, const std::string& path,
                      const std::string& reason) {
  search_.rejected.push_back({source, path, reason});
}

bool Examiner::examine(const std::string& source, const std::string& executable) {
  const std::string path = platform::absolute(executable);
  std::string reason = platform::whyNotExecutable(path);
  if (!reason.empty()) {
    reject(source, path, reason);
    return false;
  }
  if (!asked_.insert(identity(path)).second) {
    return false;  // under another name
  }
  const std::variant<Facts, std::string> answer = ask(path);
  if (const auto* whyNoFacts = std::get_if<std::string>(&answer)) {
    reject(source, path, *whyNoFacts);
    return false;
  }
  const Facts& facts = std::get<Facts>(answer);
  const bool shim = identity(facts.executable) != identity(path);
  if (shim && !asked_.insert(identity(facts.executable)).second) {
    return false;
  }
  std::string library;
  reason = whyNot(facts, library);
  if (!reason.empty()) {
    reject(source, shim ? path + " -> " + facts.executable : path, reason);
    return false;
  }
  search_.found = pythonOf(facts, library);
  search_.source = source;
  return true;
}

bool Examiner::examinePrefix(const std::string& source, const std::string& prefix) {
  const std::string folder = platform::absolute(prefix);
  const std::string interpreter = interpreterIn(folder, wanted_);
  if (platform::isFile(interpreter)) {
    return examine(source, interpreter);
  }
  reject(source, folder, whyNoInterpreter(folder));
  return false;
}

std::string Examiner::whyNot(const Facts& facts, std::string& library) const {
  if (facts.implementation != "cpython") {
    return "is " + facts.implementation + ", only CPython can be used";
  }
  if (!accepts(wanted_, facts.abi)) {
    std::string is = "is Python " + facts.version;
    if (facts.abi.freeThreaded) {
      is += " free-threaded";
    }
    if (facts.abi.debug) {
      is += " debug";
    }
    return is + ", wanted is " + describe(wanted_);
  }
  if (facts.pointerBits != kPointerBits) {
    return "has " + std::to_string(facts.pointerBits) + " bits, this process has " +
           std::to_string(kPointerBits);
  }
  if (!library_.empty() && trusted_) {
    library = library_;
    return {};
  }
  const Library own = libraryOf(facts);
  if (library_.empty()) {
    library = own.path;
    return own.reason;
  }
  library = library_;
  if (own.path.empty() || platform::resolved(own.path) == platform::resolved(library_)) {
    return {};
  }
  return "has a library of its own, " + own.path;
}

}  // namespace discovery

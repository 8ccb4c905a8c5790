// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "discovery/probe.hpp"

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

Python pythonOf(const InterpreterInfo& info, const std::string& library) {
  Python python;
  python.executable = info.executable;
  python.baseExecutable = info.baseExecutable;
  python.library = library;
  python.prefix = info.prefix;
  python.basePrefix = info.basePrefix;
  python.version = info.version;
  python.minor = info.abi.minor;
  python.freeThreaded = info.abi.freeThreaded;
  python.debug = info.abi.debug;
  return python;
}

}  // namespace

void Prober::reject(const std::string& source, const std::string& path, const std::string& reason) {
  search_.rejected.push_back({source, path, reason});
}

bool Prober::probe(const std::string& source, const std::string& executable) {
  const std::string path = platform::absolute(executable);
  std::string reason = platform::whyNotExecutable(path);
  if (!reason.empty()) {
    reject(source, path, reason);
    return false;
  }
  if (!asked_.insert(identity(path)).second) {
    return false;  // under another name
  }
  const std::variant<InterpreterInfo, std::string> answer = query(path);
  if (const auto* whyNoFacts = std::get_if<std::string>(&answer)) {
    reject(source, path, *whyNoFacts);
    return false;
  }
  const InterpreterInfo& info = std::get<InterpreterInfo>(answer);
  const bool shim = identity(info.executable) != identity(path);
  if (shim && !asked_.insert(identity(info.executable)).second) {
    return false;
  }
  std::string library;
  reason = whyNot(info, library);
  if (!reason.empty()) {
    reject(source, shim ? path + " -> " + info.executable : path, reason);
    return false;
  }
  search_.found = pythonOf(info, library);
  search_.source = source;
  return true;
}

bool Prober::probePrefix(const std::string& source, const std::string& prefix) {
  const std::string folder = platform::absolute(prefix);
  const std::string interpreter = interpreterIn(folder, wanted_);
  if (platform::isFile(interpreter)) {
    return probe(source, interpreter);
  }
  reject(source, folder, whyNoInterpreter(folder));
  return false;
}

std::string Prober::whyNot(const InterpreterInfo& info, std::string& library) const {
  if (info.implementation != "cpython") {
    return "is " + info.implementation + ", only CPython can be used";
  }
  if (!accepts(wanted_, info.abi)) {
    std::string is = "is Python " + info.version;
    if (info.abi.freeThreaded) {
      is += " free-threaded";
    }
    if (info.abi.debug) {
      is += " debug";
    }
    return is + ", wanted is " + describe(wanted_);
  }
  if (info.pointerBits != kPointerBits) {
    return "has " + std::to_string(info.pointerBits) + " bits, this process has " +
           std::to_string(kPointerBits);
  }
  if (!library_.empty() && trusted_) {
    library = library_;
    return {};
  }
  const Library own = libraryOf(info);
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

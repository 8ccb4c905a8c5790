// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "discovery/probe.hpp"

#include "discovery/libpython.hpp"
#include "discovery/virtual_env.hpp"
#include "platform/files.hpp"

namespace discovery {
namespace {

// Equal for two names of one interpreter. The python of a virtual environment is a link to its base
// interpreter, but counts as another one.
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

std::string whyUnfit(const InterpreterInfo& info, const Abi& wanted) {
  if (info.implementation != "cpython") {
    return "is " + info.implementation + "; the plugin needs CPython";
  }
  if (!accepts(wanted, info.abi)) {
    return "is Python " + info.version + (info.abi.freeThreaded ? " free-threaded" : "") +
           (info.abi.debug ? " debug" : "") + "; the plugin needs " + describe(wanted);
  }
  if (info.pointerBits != kPointerBits) {
    return "has " + std::to_string(info.pointerBits) + " bits; this process has " +
           std::to_string(kPointerBits);
  }
  return {};
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
  if (!probed_.insert(identity(path)).second) {
    return false;  // under another name
  }
  const std::variant<InterpreterInfo, std::string> answer = query(path);
  if (const auto* whyNoAnswer = std::get_if<std::string>(&answer)) {
    reject(source, path, *whyNoAnswer);
    return false;
  }
  const auto& info = std::get<InterpreterInfo>(answer);
  const bool shim = identity(info.executable) != identity(path);
  if (shim && !probed_.insert(identity(info.executable)).second) {
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
  std::string reason = whyUnfit(info, wanted_);
  if (!reason.empty()) {
    return reason;
  }
  library = library_;
  if (!library_.empty() && trusted_) {
    return {};
  }
  const Library own = libraryOf(info);
  if (library_.empty()) {
    library = own.path;
    return own.reason;
  }
  if (own.path.empty() || platform::resolved(own.path) == platform::resolved(library_)) {
    return {};
  }
  return "has its own library, " + own.path;
}

}  // namespace discovery

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Probes one candidate after the other and records the search.
#pragma once

#include <set>
#include <string>

#include "discovery/discovery.hpp"
#include "discovery/query.hpp"

namespace discovery {

class Prober {
 public:
  explicit Prober(const Abi& wanted) : wanted_(wanted) {}

  // Sets the libpython to use instead of the interpreter's own. An interpreter that the options
  // name is trusted to fit this library; any other one must have no library, or this one.
  void useLibrary(const std::string& library) { library_ = library; }
  void trustInterpreter() { trusted_ = true; }

  // Runs the interpreter, unless it was probed before. True if it can be used: the search ends.
  bool probe(const std::string& source, const std::string& executable);
  // Probes the interpreter of a virtual environment or other prefix.
  bool probePrefix(const std::string& source, const std::string& prefix);
  void reject(const std::string& source, const std::string& path, const std::string& reason);

  const Abi& wanted() const { return wanted_; }
  void narrow(const Abi& wanted) { wanted_ = wanted; }
  Search& search() { return search_; }

 private:
  std::string whyNot(const InterpreterInfo& info, std::string& library) const;

  Abi wanted_;
  std::string library_;
  bool trusted_ = false;
  std::set<std::string> probed_;
  Search search_;
};

}  // namespace discovery

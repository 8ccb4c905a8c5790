// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Decides about one interpreter after the other, and keeps the record of the search.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "discovery/discovery.hpp"
#include "discovery/query.hpp"

namespace discovery {

class Prober {
 public:
  explicit Prober(const Abi& wanted) : wanted_(wanted) {}

  // From now on the interpreters have to go with this libpython instead of their own. A trusted
  // one is taken at its word; any other has to be of the same installation, or to lack a library.
  void useLibrary(const std::string& library) { library_ = library; }
  void trustInterpreter() { trusted_ = true; }

  // True if it fits: the search is over. Runs it, unless that was done already.
  bool probe(const std::string& source, const std::string& executable);
  // The same for the interpreter of a virtual environment or other prefix.
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
  std::set<std::string> asked_;
  Search search_;
};

}  // namespace discovery

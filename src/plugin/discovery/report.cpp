// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include <sstream>

#include "discovery/abi.hpp"
#include "discovery/discovery.hpp"
#include "discovery/install_hint.hpp"
#include "discovery/machine.hpp"

namespace discovery {
namespace {

void adviseOnOptions(std::ostream& text) {
  text << "  Correct the section \"Python\" of Orthanc's configuration, or remove the option to "
          "have\n"
          "  Python looked for.\n";
}

}  // namespace

std::string report(const Search& search, const Options& options) {
  const bool asked =
      !options.executable.empty() || !options.virtualEnv.empty() || !options.library.empty();
  std::ostringstream text;
  text << "No Python that this plugin can use was found.\n"
       << "Wanted: " << describe(options.wanted) << ", " << kPointerBits
       << " bits, with its shared library.\n"
       << "Passed over:\n";
  for (const Rejection& one : search.rejected) {
    text << "  " << one.path << " (" << one.source << ") " << one.reason << "\n";
  }
  text << "What to do:\n";
  if (asked) {
    adviseOnOptions(text);
  }
  text << installHint(options.wanted);
  return text.str();
}

}  // namespace discovery

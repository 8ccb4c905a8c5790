// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include <sstream>

#include "interpreter/discovery/abi.hpp"
#include "interpreter/discovery/discovery.hpp"
#include "interpreter/discovery/machine.hpp"

namespace interpreter {
namespace {

using discovery::describe;
using discovery::name;

void adviseOnOptions(std::ostream& text) {
  text << "  Correct the section \"Python\" of Orthanc's configuration, or remove the option to "
          "have\n"
          "  Python looked for.\n";
}

void adviseToInstall(std::ostream& text, const Wanted& wanted) {
  const std::string version = wanted.minor == 0 ? "3.X" : name(wanted);
  std::string configure = "--enable-shared";
  if (wanted.freeThreaded) {
    configure += " --disable-gil";
  }
  if (wanted.debug) {
    configure += " --with-pydebug";
  }
  if (!wanted.freeThreaded && !wanted.debug) {  // distributions have no others
    text << "  Debian, Ubuntu: apt install python" << version << " libpython" << version << "\n"
         << "  Fedora, RHEL:   dnf install python" << version
         << " (its library is in python3-libs or python" << version << "-libs)\n";
  }
  text << "  From sources:   ./configure " << configure << "\n"
       << "  pyenv:          PYTHON_CONFIGURE_OPTS=\"" << configure << "\" pyenv install ...\n"
       << "  If it is installed already, say where in Orthanc's configuration:\n"
       << "    \"Python\": { \"Executable\": \"/path/to/python" << version << "\" }\n";
}

}  // namespace

std::string report(const Search& search, const Options& options) {
  const bool asked =
      !options.executable.empty() || !options.virtualEnv.empty() || !options.library.empty();
  std::ostringstream text;
  text << "No Python that this plugin can use was found.\n"
       << "Wanted: " << describe(options.wanted) << ", " << discovery::kPointerBits
       << " bits, with its shared library.\n"
       << "Passed over:\n";
  for (const Rejected& one : search.rejected) {
    text << "  " << one.path << " (" << one.source << ") " << one.reason << "\n";
  }
  text << "What to do:\n";
  if (asked) {
    adviseOnOptions(text);
  }
  adviseToInstall(text, options.wanted);
  return text.str();
}

}  // namespace interpreter

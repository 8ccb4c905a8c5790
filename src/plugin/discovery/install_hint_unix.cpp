// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "discovery/install_hint.hpp"

namespace discovery {

std::string installHint(const Abi& wanted) {
  const std::string version = wanted.minor == 0 ? "3.X" : name(wanted);
  std::string configure = "--enable-shared", text;
  if (wanted.freeThreaded) {
    configure += " --disable-gil";
  }
  if (wanted.debug) {
    configure += " --with-pydebug";
  }
  if (!wanted.freeThreaded && !wanted.debug) {  // distributions package no other builds
    text += "  Debian, Ubuntu: apt install python" + version + " libpython" + version + "\n";
    text += "  Fedora, RHEL:   dnf install python" + version +
            " (its library is in python3-libs or python" + version + "-libs)\n";
  }
  text += "  From sources:   ./configure " + configure + "\n";
  text += "  pyenv:          PYTHON_CONFIGURE_OPTS=\"" + configure + "\" pyenv install ...\n";
  text += "  If it is already installed, set its path in Orthanc's configuration:\n";
  text += "    \"Python\": { \"Executable\": \"/path/to/python" + version + "\" }\n";
  return text;
}

}  // namespace discovery

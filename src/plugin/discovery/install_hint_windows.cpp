// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "discovery/install_hint.hpp"

#include <windows.h>

#include "platform/utf16_windows.hpp"

namespace discovery {
namespace {

std::string userName() {
  constexpr DWORD kLongest = 257;
  wchar_t name[kLongest];
  DWORD size = kLongest;
  return GetUserNameW(name, &size) == 0 ? "another user" : platform::utf8({name, size - 1});
}

}  // namespace

std::string installHint(const Abi& wanted) {
  const std::string version = wanted.minor == 0 ? "3.X" : name(wanted);
  std::string text;
  text += "  Install Python " + version + ", " + std::to_string(kPointerBits) +
          " bits, from python.org, with \"Install for all users\".\n";
  text += "  Orthanc runs as " + userName() + ".\n";
  text +=
      "  A service does not see a Python that was installed for one user only: by the Python "
      "install\n"
      "  manager, by the Microsoft Store, or by python.org's installer without that option.\n";
  text += "  If it is already installed, set its path in Orthanc's configuration:\n";
  text +=
      "    \"Python\": { \"Executable\": \"C:\\\\Program Files\\\\Python3XX\\\\python.exe\" }\n";
  return text;
}

}  // namespace discovery

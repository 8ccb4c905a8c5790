// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Any text in place of Orthanc's configuration.
#include <cstddef>
#include <cstdint>
#include <string>

#include "host/settings.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    host::parseSettings(std::string(reinterpret_cast<const char*>(data), size));
  } catch (const host::SettingsError&) {
    // a wrong configuration must end in this exception only
  }
  return 0;
}

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// fake_orthanc PLUGIN CONFIGURATION [ORTHANC-VERSION]
//
// Simulates Orthanc for a plugin, as far as tests need it; commands.hpp lists its commands.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "arguments.hpp"
#include "commands.hpp"
#include "output.hpp"
#include "services.hpp"

int main(int argc, char** argv) {
  const std::vector<std::string> given = arguments(argc, argv);
  if (given.size() < 2) {
    std::cerr << "fake_orthanc PLUGIN CONFIGURATION [ORTHANC-VERSION]\n";
    return 2;
  }
  std::ifstream file(std::filesystem::u8path(given[1]), std::ios::binary);
  std::ostringstream configuration;
  configuration << file.rdbuf();
  if (!file) {
    std::cerr << "Cannot read " << given[1] << "\n";
    return 2;
  }
  Commands commands(given[0],
                    services::open(given.size() > 2 ? given[2] : "1.13.0", configuration.str()));
  if (!commands.start()) {
    return 1;
  }
  commands.run();
  commands.stop();
  say(json::Object().add("result", "stop"));
  return 0;
}

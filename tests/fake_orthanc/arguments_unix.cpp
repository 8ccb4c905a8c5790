// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "arguments.hpp"

std::vector<std::string> arguments(int argc, char** argv) {
  return {argv + 1, argv + argc};
}

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

// The arguments of this program in UTF-8, without the program's name.
std::vector<std::string> arguments(int argc, char** argv);

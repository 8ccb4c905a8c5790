// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Whether a file is a shared library for the machine this code was compiled for.
#pragma once

#include <string>

namespace discovery {

constexpr int kPointerBits = static_cast<int>(sizeof(void*) * 8);

// Empty if it is, otherwise why not. Reads the first bytes of the file, and loads nothing.
std::string whyNotLoadable(const std::string& path);

}  // namespace discovery

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Compares a shared library with this one. The loader's own message hides the cause: for a library
// of another processor, glibc says "No such file or directory".
#pragma once

#include <string>

namespace platform {

// Empty if `path` is a shared library for the processor of this process, otherwise the reason.
// Reads the first bytes of the file and loads nothing.
std::string whyNotLoadable(const std::string& path);

}  // namespace platform

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The names of CPython's binary interfaces: 3.13, 3.13t (free-threaded), 3.13d (debug).
#pragma once

#include <optional>
#include <string>

namespace discovery {

constexpr int kOldestMinor = 9;
constexpr int kPointerBits = static_cast<int>(sizeof(void*) * 8);

// The ABI of an interpreter, or the one that the plugin accepts.
struct Abi {
  int minor = 0;                             // 3.minor; 0: every ABI from 3.9 on is accepted
  bool freeThreaded = false, debug = false;  // ignored if minor is 0
};

// "3.13", "3.13t", "3.13td"
std::string name(const Abi& abi);

// "CPython 3.13t", "CPython 3.9 or later"
std::string describe(const Abi& wanted);

bool accepts(const Abi& wanted, const Abi& actual);

// Parses "13", "13t" or "13td" at `position` and advances it. Empty without a number.
std::optional<Abi> parseAbi(const std::string& text, std::size_t& position);

// Parses the file name of a libpython: libpython3.13t.so.1.0, libpython3.13.dylib,
// python313t_d.dll, Python.framework/Versions/3.13/Python. Empty for other names.
std::optional<Abi> abiOfLibrary(const std::string& path);

}  // namespace discovery

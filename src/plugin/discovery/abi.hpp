// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What distinguishes one libpython from another: 3.13, 3.13t (free-threaded), 3.13d (debug).
#pragma once

#include <optional>
#include <string>

#include "discovery/discovery.hpp"

namespace discovery {

constexpr int kOldestMinor = 9;

// "3.13", "3.13t", "3.13td"
std::string name(const Abi& abi);

// "CPython 3.13t", "CPython 3.9 or later"
std::string describe(const Abi& wanted);

// Whether `wanted` allows for `actual`.
bool accepts(const Abi& wanted, const Abi& actual);

// Reads "13", "13t" or "13td" at `position` and moves on. Empty if there is no number.
std::optional<Abi> parseAbi(const std::string& text, std::size_t& position);

// What the name of a file says: libpython3.13t.so.1.0, libpython3.13.dylib,
// python313t_d.dll, Python.framework/Versions/3.13/Python. Empty if it says nothing.
std::optional<Abi> abiOfLibrary(const std::string& path);

}  // namespace discovery

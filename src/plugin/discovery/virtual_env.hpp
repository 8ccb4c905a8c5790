// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Virtual environments and other prefixes on disk.
#pragma once

#include <string>

#include "discovery/abi.hpp"

namespace discovery {

// The interpreter of a prefix, even if it is a broken link. "" if there is none.
std::string interpreterIn(const std::string& prefix, const Abi& wanted);

// The virtual environment that contains the interpreter, "" for a base interpreter.
std::string environmentOf(const std::string& executable);

bool isVirtualEnv(const std::string& folder);

// The reason why the folder has no interpreter that can be run.
std::string whyNoInterpreter(const std::string& folder);

}  // namespace discovery

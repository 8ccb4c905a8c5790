// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Virtual environments and other folders that have an interpreter of their own.
#pragma once

#include <map>
#include <string>

#include "discovery/discovery.hpp"

namespace discovery {

// The interpreter of an environment or prefix, even if it is a link that leads nowhere. "" if none.
std::string interpreterIn(const std::string& prefix, const Abi& wanted);

// The virtual environment that the interpreter lies in, "" if it is a base interpreter.
std::string environmentOf(const std::string& executable);

bool isVirtualEnv(const std::string& folder);

// The settings of a pyvenv.cfg: lines "key = value", which is not INI.
std::map<std::string, std::string> readVenvConfiguration(const std::string& folder);

// Why no interpreter can be run there.
std::string whyNoInterpreter(const std::string& folder);

}  // namespace discovery

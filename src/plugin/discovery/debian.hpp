// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The Python that Debian and its descendants install as /usr/bin/python3.X. Its packages fix all
// that there is to know about it, and asking it would be most of what a start takes.
#pragma once

#include <optional>
#include <string>

#include "discovery/facts.hpp"

namespace discovery {

// Nothing if the interpreter is another one, or if a part of it is not where its packages have it.
std::optional<Facts> factsOfDebian(const std::string& executable);

}  // namespace discovery

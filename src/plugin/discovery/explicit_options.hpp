// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What orthanc.json says. It is followed, or the search ends with the reason why it cannot be.
#pragma once

#include "discovery/discovery.hpp"
#include "discovery/probe.hpp"

namespace discovery {

// False when the options leave the choice of the interpreter open. A library that is given is
// then set in the prober.
bool decideByOptions(const Options& options, Prober& prober);

}  // namespace discovery

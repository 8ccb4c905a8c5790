// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What orthanc.json says. It is followed, or the search ends with the reason why it cannot be.
#pragma once

#include "interpreter/discovery/discovery.hpp"
#include "interpreter/discovery/examiner.hpp"

namespace interpreter::discovery {

// False when the options leave the choice of the interpreter open. A library that is given is
// then set in the examiner.
bool decideByOptions(const Options& options, Examiner& examiner);

}  // namespace interpreter::discovery

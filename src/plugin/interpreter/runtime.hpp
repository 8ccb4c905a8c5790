// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The one interpreter of this process: started once, never finalized, because numpy, pydicom and
// many others do not survive a second start.
#pragma once

#include <stdexcept>
#include <string>

#include "discovery/discovery.hpp"

namespace interpreter {

struct StartError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

bool isStarted();

// Loads `python.library`, checks that it matches the result of discovery, and starts Python. The
// calling thread becomes Python's main thread; it is not attached afterwards. Throws StartError.
void start(const discovery::Python& python, bool verbose);

// The running interpreter; call it only after start().
const discovery::Python& running();

// The interpreters that this binary accepts, depending on how it was built.
discovery::Abi wanted();

}  // namespace interpreter

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Finds the libpython of an interpreter from what the interpreter said.
#pragma once

#include <string>

#include "discovery/query.hpp"

namespace discovery {

struct Library {
  std::string path;    // absolute, "" when there is none
  std::string reason;  // then why
};

Library libraryOf(const InterpreterInfo& info);

}  // namespace discovery

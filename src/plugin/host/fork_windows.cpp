// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "host/fork.hpp"

#include <cstdlib>

namespace host {

// There is no fork().
void leaveOrthancInForkedChildren() {}
void limitForkedChild() {}

void exitForkedChild() {
  std::abort();
}

}  // namespace host

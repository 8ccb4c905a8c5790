// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "host/context.hpp"

namespace host {

void leaveOrthancInForkedChildren() {}  // there is no fork()

}  // namespace host

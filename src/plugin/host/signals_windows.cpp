// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "host/signals.hpp"

namespace host::signals {

// A service is stopped by other means, and Ctrl-C ends a console program in an orderly way.
void defer() {}
void replay() {}

}  // namespace host::signals

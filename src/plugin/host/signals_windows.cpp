// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "host/signals.hpp"

namespace host::signals {

// Windows does not stop services with signals, and Ctrl-C shuts a console program down cleanly.
void defer() {}
void replay() {}

}  // namespace host::signals

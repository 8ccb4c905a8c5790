// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "interpreter/ignored_signals.hpp"

namespace interpreter {

void ignoreSignalsLikePython() {}  // there are none

}  // namespace interpreter

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#pragma once

namespace interpreter {

// Ignores the signals that a program named python ignores (SIGPIPE, SIGXFSZ), so that a broken pipe
// is a BrokenPipeError. An embedded Python leaves them alone if it leaves SIGINT alone. To be
// called before Python starts, which notes the handlers that it finds. Handlers of others stay.
void ignoreSignalsLikePython();

}  // namespace interpreter

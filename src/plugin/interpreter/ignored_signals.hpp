// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#pragma once

namespace interpreter {

// Ignores the signals that a program named python ignores (SIGPIPE, SIGXFSZ), so that a broken pipe
// is a BrokenPipeError. An embedded Python ignores them only if it also handles SIGINT. Call it
// before Python starts, which records the current handlers. Keeps handlers of other libraries.
void ignoreSignalsLikePython();

}  // namespace interpreter

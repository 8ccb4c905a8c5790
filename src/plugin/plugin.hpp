// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The life of the plugin inside Orthanc, from start to stop, once per start of Orthanc.
#pragma once

namespace orthanc {

inline constexpr const char* name = "python";

// Finds and starts Python, and runs the script. False after an error, which is in the log.
bool initialize();

// Ends what the script has started and forgets it. Python itself goes on: see runtime.hpp.
void finalize();

}  // namespace orthanc

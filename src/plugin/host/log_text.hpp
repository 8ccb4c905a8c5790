// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Escapes untrusted texts for the log of Orthanc.
#pragma once

#include <string>

namespace host {

// Bytes that are not valid UTF-8 become \xNN.
std::string validUtf8(const std::string& text);

// So do control characters: a text from a network cannot begin a new line in the log.
std::string oneLine(const std::string& text);

}  // namespace host

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The JavaScript with which this plugin extends Orthanc Explorer. Orthanc keeps one text for each
// plugin, so the script and the button of the status page share it.
#pragma once

#include <string>

namespace host::explorer {

// Both return the text for Orthanc after one of its parts has changed.
std::string withScript(const std::string& javascript);
std::string withButton(const std::string& javascript);

// Orthanc has forgotten both.
void clear();

}  // namespace host::explorer

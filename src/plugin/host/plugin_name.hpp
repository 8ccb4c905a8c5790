// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#pragma once

namespace host {

// The name by which Orthanc knows this plugin. orthanc-python has the same.
inline constexpr const char* kPluginName = "python";

}  // namespace host

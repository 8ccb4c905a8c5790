// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Services that return their arguments, for tests of conversions: GetTagName, GetGlobalProperty,
// ComputeMd5, DicomBufferToJson.
#pragma once

#include "generated/sdk.hpp"

namespace echo {

// False if `service` is none of these.
bool serve(_OrthancPluginService service, const void* parameters);

}  // namespace echo

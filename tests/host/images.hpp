// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Images in memory.
#pragma once

#include <string>

#include "generated/sdk.hpp"

namespace images {

// False if `service` is none of those of images; otherwise `code` is the result.
bool serve(_OrthancPluginService service, const void* parameters, OrthancPluginErrorCode& code);

// Size and pixels of an image that the plugin has made, which is freed.
std::string take(OrthancPluginImage* image);

int alive();  // how many images have not been freed

}  // namespace images

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Images in memory.
#pragma once

#include <string>

#include "generated/sdk.hpp"

namespace images {

// False if `service` does not concern images; otherwise `code` is the result.
bool serve(_OrthancPluginService service, const void* parameters, OrthancPluginErrorCode& code);

// Size and pixels of an image that the plugin has made. Frees the image.
std::string take(OrthancPluginImage* image);

int alive();  // the number of images that are not freed

}  // namespace images

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Pixels between Orthanc and Python: images as arrays, and arrays as images.
#pragma once

#include "binding/wrappers.hpp"

namespace orthanc {

// A new image with the pixels of an object that has the buffer protocol: (height, width) or
// (height, width, channels). `format`: Unknown to choose the one that fits. `what` introduces the
// text of an exception.
OrthancPluginImage* imageOf(PyObject* array, OrthancPluginPixelFormat format, const char* what);

// The image of an orthanc.Image, which loses it. Copied while an array still looks at its pixels.
OrthancPluginImage* takeImage(PyObject* object);

}  // namespace orthanc

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Conversion of pixels between Orthanc and Python: images as arrays, and arrays as images.
#pragma once

#include "binding/wrappers.hpp"

namespace orthanc {

// A new image with the pixels of an object that has the buffer protocol: (height, width) or
// (height, width, channels). `format`: Unknown chooses the format that fits. `what` begins the text
// of an exception.
OrthancPluginImage* imageOf(PyObject* array, OrthancPluginPixelFormat format, const char* what);

// Takes the image from an orthanc.Image; copies it if an array still refers to its pixels.
OrthancPluginImage* takeImage(PyObject* object);

}  // namespace orthanc

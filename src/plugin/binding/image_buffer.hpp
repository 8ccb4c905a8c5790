// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Images as arrays (the buffer protocol), and arrays as images.
#pragma once

#include "generated/sdk.hpp"
#include "interpreter/api.hpp"

namespace orthanc {

// The slots of the buffer protocol of orthanc.Image
int exportPixels(PyObject* self, Py_buffer* view, int flags);
void releasePixels(PyObject* self, Py_buffer* view);

// A new image with the pixels of an object that has the buffer protocol: (height, width) or
// (height, width, channels). `format`: Unknown chooses the format that fits. `what` begins the text
// of an exception.
OrthancPluginImage* imageOf(PyObject* array, OrthancPluginPixelFormat format, const char* what);

// Takes the image from an orthanc.Image; copies it if an array still refers to its pixels.
OrthancPluginImage* takeImage(PyObject* object);

}  // namespace orthanc

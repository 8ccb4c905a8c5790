// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The pixels of Orthanc's images, and the formats that they can have.
#pragma once

#include <cstdint>

#include "generated/sdk.hpp"
#include "interpreter/api.hpp"

namespace orthanc {

// The layout of one pixel in memory
struct PixelLayout {
  OrthancPluginPixelFormat format;
  char code;  // of the struct module
  Py_ssize_t itemSize;
  Py_ssize_t channels;

  Py_ssize_t pixelSize() const { return itemSize * channels; }
};

// Returns nullptr for a format without counterpart in Python.
const PixelLayout* layoutOf(OrthancPluginPixelFormat format);

// An array becomes an image of the first layout that fits it.
inline constexpr PixelLayout kPixelLayouts[] = {
    {OrthancPluginPixelFormat_Grayscale8, 'B', 1, 1},
    {OrthancPluginPixelFormat_Grayscale16, 'H', 2, 1},
    {OrthancPluginPixelFormat_SignedGrayscale16, 'h', 2, 1},
    {OrthancPluginPixelFormat_Float32, 'f', 4, 1},
    {OrthancPluginPixelFormat_Grayscale32, 'I', 4, 1},
    {OrthancPluginPixelFormat_Grayscale64, 'Q', 8, 1},
    {OrthancPluginPixelFormat_RGB24, 'B', 1, 3},
    {OrthancPluginPixelFormat_RGB48, 'H', 2, 3},
    {OrthancPluginPixelFormat_RGBA32, 'B', 1, 4},
    {OrthancPluginPixelFormat_BGRA32, 'B', 1, 4},
};

struct Pixels {
  uint8_t* data = nullptr;
  uint32_t width = 0;
  uint32_t height = 0;
  uint32_t pitch = 0;
  OrthancPluginPixelFormat format = OrthancPluginPixelFormat_Unknown;
};

// Without a lock: the address and the format of the pixels of an image never change.
Pixels pixelsOf(const OrthancPluginImage* image);

// Returns a new image, for the caller to free.
OrthancPluginImage* createImage(OrthancPluginPixelFormat format, uint32_t width, uint32_t height);

// Raises OverflowError for a size with which Orthanc would allocate too few bytes.
void refuseTooLarge(OrthancPluginPixelFormat format, uint32_t width, uint32_t height);

}  // namespace orthanc

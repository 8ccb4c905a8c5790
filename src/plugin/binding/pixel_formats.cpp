// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "binding/pixel_formats.hpp"

#include <limits>

#include "binding/sdk_calls.hpp"

namespace orthanc {

namespace {

// Orthanc counts the bytes of a row with 32 bits and, before this version, the bytes of an image
// too: it would allocate too few bytes.
constexpr host::Version kLargeImages{1, 12, 7};

}  // namespace

const PixelLayout* layoutOf(OrthancPluginPixelFormat format) {
  for (const PixelLayout& layout : kPixelLayouts) {
    if (layout.format == format) {
      return &layout;
    }
  }
  return nullptr;
}

Pixels pixelsOf(const OrthancPluginImage* image) {
  Pixels pixels;
  void* data = nullptr;
  const auto get = [&](_OrthancPluginService service, uint32_t* number,
                       OrthancPluginPixelFormat* format, void** buffer) {
    _OrthancPluginGetImageInfo parameters{};
    parameters.image = image;
    parameters.resultUint32 = number;
    parameters.resultPixelFormat = format;
    parameters.resultBuffer = buffer;
    check(callQuick(service, &parameters));
  };
  get(_OrthancPluginService_GetImageWidth, &pixels.width, nullptr, nullptr);
  get(_OrthancPluginService_GetImageHeight, &pixels.height, nullptr, nullptr);
  get(_OrthancPluginService_GetImagePitch, &pixels.pitch, nullptr, nullptr);
  get(_OrthancPluginService_GetImagePixelFormat, nullptr, &pixels.format, nullptr);
  get(_OrthancPluginService_GetImageBuffer, nullptr, nullptr, &data);
  pixels.data = static_cast<uint8_t*>(data);
  return pixels;
}

void refuseTooLarge(OrthancPluginPixelFormat format, uint32_t width, uint32_t height) {
  const PixelLayout* layout = layoutOf(format);
  if (layout == nullptr) {
    return;  // Orthanc reports the unknown format
  }
  constexpr std::uint64_t kLimit = std::numeric_limits<uint32_t>::max();
  const std::uint64_t row = std::uint64_t{width} * static_cast<std::uint64_t>(layout->pixelSize());
  if (row > kLimit) {
    raise(builtins.overflowError, "A row of an image cannot have %llu bytes",
          static_cast<unsigned long long>(row));
  }
  const std::uint64_t bytes = row * height;
  if (bytes > kLimit && host::version() < kLargeImages) {
    raise(builtins.overflowError, "An image of %llu bytes needs Orthanc %s or later",
          static_cast<unsigned long long>(bytes), kLargeImages.text().c_str());
  }
}

OrthancPluginImage* createImage(OrthancPluginPixelFormat format, uint32_t width, uint32_t height) {
  refuseTooLarge(format, width, height);
  OrthancPluginImage* image = nullptr;
  _OrthancPluginCreateImage parameters{};
  parameters.target = &image;
  parameters.format = format;
  parameters.width = width;
  parameters.height = height;
  check(call(_OrthancPluginService_CreateImage, &parameters));
  return image;
}

}  // namespace orthanc

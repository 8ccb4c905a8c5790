// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "images.hpp"

#include <atomic>
#include <string>
#include <vector>

namespace images {

namespace {

struct Image {
  OrthancPluginPixelFormat format;
  std::uint32_t width, height, pitch;
  std::vector<unsigned char> own;  // empty if the buffer belongs to the plugin
  void* buffer;
};

std::atomic<int> count{0};

std::uint32_t bytesPerPixel(OrthancPluginPixelFormat format) {
  switch (format) {
    case OrthancPluginPixelFormat_Grayscale8:
      return 1;
    case OrthancPluginPixelFormat_Grayscale16:
    case OrthancPluginPixelFormat_SignedGrayscale16:
      return 2;
    case OrthancPluginPixelFormat_RGB24:
      return 3;
    case OrthancPluginPixelFormat_RGB48:
      return 6;
    case OrthancPluginPixelFormat_Grayscale64:
      return 8;
    case OrthancPluginPixelFormat_RGBA32:
    case OrthancPluginPixelFormat_BGRA32:
    case OrthancPluginPixelFormat_Grayscale32:
    case OrthancPluginPixelFormat_Float32:
      return 4;
    default:
      return 0;
  }
}

OrthancPluginErrorCode create(const _OrthancPluginCreateImage& parameters, bool accessor) {
  const std::uint32_t pixel = bytesPerPixel(parameters.format);
  if (pixel == 0) {
    return OrthancPluginErrorCode_ParameterOutOfRange;
  }
  constexpr std::uint64_t most = std::uint64_t{1} << 28;
  const std::uint64_t row = std::uint64_t{parameters.width} * pixel;
  if (row > most || row * parameters.height > most) {
    return OrthancPluginErrorCode_NotEnoughMemory;
  }
  auto* image = new Image{parameters.format,
                          parameters.width,
                          parameters.height,
                          accessor ? parameters.pitch : parameters.width * pixel,
                          {},
                          parameters.buffer};
  if (!accessor) {
    image->own.resize(std::size_t{image->pitch} * image->height);
    image->buffer = image->own.data();
  }
  ++count;
  *parameters.target = reinterpret_cast<OrthancPluginImage*>(image);
  return OrthancPluginErrorCode_Success;
}

void inform(_OrthancPluginService service, const _OrthancPluginGetImageInfo& parameters) {
  const auto* image = reinterpret_cast<const Image*>(parameters.image);
  switch (service) {
    case _OrthancPluginService_GetImagePixelFormat:
      *parameters.resultPixelFormat = image->format;
      break;
    case _OrthancPluginService_GetImageWidth:
      *parameters.resultUint32 = image->width;
      break;
    case _OrthancPluginService_GetImageHeight:
      *parameters.resultUint32 = image->height;
      break;
    case _OrthancPluginService_GetImagePitch:
      *parameters.resultUint32 = image->pitch;
      break;
    default:
      *parameters.resultBuffer = image->buffer;
  }
}

}  // namespace

bool serve(_OrthancPluginService service, const void* parameters, OrthancPluginErrorCode& code) {
  code = OrthancPluginErrorCode_Success;
  switch (service) {
    case _OrthancPluginService_CreateImage:
    case _OrthancPluginService_CreateImageAccessor:
      code = create(*static_cast<const _OrthancPluginCreateImage*>(parameters),
                    service == _OrthancPluginService_CreateImageAccessor);
      return true;
    case _OrthancPluginService_FreeImage: {
      const auto& p = *static_cast<const _OrthancPluginFreeImage*>(parameters);
      delete reinterpret_cast<Image*>(p.image);
      --count;
      return true;
    }
    case _OrthancPluginService_GetImagePixelFormat:
    case _OrthancPluginService_GetImageWidth:
    case _OrthancPluginService_GetImageHeight:
    case _OrthancPluginService_GetImagePitch:
    case _OrthancPluginService_GetImageBuffer:
      inform(service, *static_cast<const _OrthancPluginGetImageInfo*>(parameters));
      return true;
    default:
      return false;
  }
}

std::string take(OrthancPluginImage* handle) {
  auto* image = reinterpret_cast<Image*>(handle);
  std::string result = std::to_string(image->width) + "x" + std::to_string(image->height) + " ";
  // each byte is read, so that a sanitizer sees a buffer that is too small
  result.append(static_cast<const char*>(image->buffer), std::size_t{image->pitch} * image->height);
  delete image;
  --count;
  return result;
}

int alive() {
  return count;
}

}  // namespace images

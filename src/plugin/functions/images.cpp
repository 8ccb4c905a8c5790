// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Functions of the module that create images, and methods of orthanc.Image.
#include <cstring>

#include "binding/image_buffer.hpp"
#include "binding/pixel_formats.hpp"
#include "binding/wrappers.hpp"
#include "generated/handwritten.hpp"
#include "generated/signatures.hpp"

namespace orthanc {

namespace handwritten {

PyObject* CreateImage(PyObject*, PyObject* const* values, Py_ssize_t count, PyObject* keywords) {
  const Arguments<3> arguments(signatures::CreateImage, values, count, keywords);
  const auto format = enumeration<OrthancPluginPixelFormat>(arguments[0]);
  const auto width = integer<uint32_t>(arguments[1]);
  const auto height = integer<uint32_t>(arguments[2]);
  return wrapOwned(ClassId::Image, createImage(format, width, height)).release();
}

PyObject* Image_ConvertPixelFormat(PyObject* self, PyObject* const* values, Py_ssize_t count,
                                   PyObject* keywords) {
  const Arguments<1> arguments(signatures::Image_ConvertPixelFormat, values, count, keywords);
  const Receiver<OrthancPluginImage> source(self);
  const auto format = enumeration<OrthancPluginPixelFormat>(arguments[0]);
  const Pixels pixels = pixelsOf(source);
  refuseTooLarge(format, pixels.width, pixels.height);
  ObjectResult<OrthancPluginImage> result;
  _OrthancPluginConvertPixelFormat parameters{};
  parameters.target = result.out();
  parameters.source = source;
  parameters.targetFormat = format;
  check(call(_OrthancPluginService_ConvertPixelFormat, &parameters, source));
  return result.release();
}

PyObject* CreateImageFromBuffer(PyObject*, PyObject* const* values, Py_ssize_t count,
                                PyObject* keywords) {
  const Arguments<5> arguments(signatures::CreateImageFromBuffer, values, count, keywords);
  const auto format = enumeration<OrthancPluginPixelFormat>(arguments[0]);
  const auto width = integer<uint32_t>(arguments[1]);
  const auto height = integer<uint32_t>(arguments[2]);
  const auto pitch = integer<uint32_t>(arguments[3]);
  const Buffer buffer(arguments[4]);
  if (buffer.bytes() != imageBytes(pitch, height)) {
    raise(builtins.typeError,
          "CreateImageFromBuffer(): argument 'buffer' has %zu bytes, but pitch * height is %llu",
          buffer.bytes(), static_cast<unsigned long long>(imageBytes(pitch, height)));
  }
  OrthancPluginImage* image = createImage(format, width, height);
  Ref result = wrapOwned(ClassId::Image, image);
  const Pixels target = pixelsOf(image);
  if (pitch < target.pitch) {
    raise(builtins.valueError,
          "CreateImageFromBuffer(): argument 'pitch' is %u bytes, but a row needs %u", pitch,
          target.pitch);
  }
  const auto* source = static_cast<const uint8_t*>(buffer.data());
  for (uint32_t y = 0; y < height && target.pitch != 0; ++y) {
    std::memcpy(target.data + imageBytes(target.pitch, y), source + imageBytes(pitch, y),
                target.pitch);
  }
  return result.release();
}

PyObject* CreateImageFromArray(PyObject*, PyObject* const* values, Py_ssize_t count,
                               PyObject* keywords) {
  const Arguments<2> arguments(signatures::CreateImageFromArray, values, count, keywords);
  const bool asked = arguments[1].given() && !arguments[1].isNone();
  const auto format = asked ? enumeration<OrthancPluginPixelFormat>(arguments[1])
                            : OrthancPluginPixelFormat_Unknown;
  return wrapOwned(ClassId::Image,
                   imageOf(arguments[0].value, format, "CreateImageFromArray(): argument 'array'"))
      .release();
}

PyObject* Image_GetImageBuffer(PyObject* self, PyObject* const*, Py_ssize_t count,
                               PyObject* keywords) {
  NoArguments(signatures::Image_GetImageBuffer, count, keywords);
  const Receiver<OrthancPluginImage> image(self);
  const Pixels pixels = pixelsOf(image);
  return bytes(pixels.data, imageBytes(pixels.pitch, pixels.height), image);
}

}  // namespace handwritten

}  // namespace orthanc

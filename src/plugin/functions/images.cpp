// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "functions/images.hpp"

#include <cstring>
#include <limits>
#include <memory>
#include <utility>

#include "binding/protocols.hpp"
#include "generated/handwritten.hpp"
#include "generated/signatures.hpp"
#include "interpreter/threads.hpp"

namespace orthanc {

namespace {

struct Layout {
  OrthancPluginPixelFormat format;
  char code;  // of the struct module
  Py_ssize_t itemSize;
  Py_ssize_t channels;

  Py_ssize_t pixelSize() const { return itemSize * channels; }
};

// The first layout that fits an array is chosen
constexpr Layout kLayouts[] = {
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

const Layout* layoutOf(OrthancPluginPixelFormat format) {
  for (const Layout& layout : kLayouts) {
    if (layout.format == format) {
      return &layout;
    }
  }
  return nullptr;
}

struct Pixels {
  uint8_t* data = nullptr;
  uint32_t width = 0;
  uint32_t height = 0;
  uint32_t pitch = 0;
  OrthancPluginPixelFormat format = OrthancPluginPixelFormat_Unknown;
};

// Without a lock: the address and the format of the pixels of an image never change.
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

// ---- images as arrays

// Lives as long as an array refers to the pixels: the handle of the image stays in use.
struct Export {
  explicit Export(PyObject* self) : image(self) {}
  Receiver<OrthancPluginImage> image;
  Py_ssize_t shape[3]{};
  Py_ssize_t strides[3]{};
  char format[2]{};
};

bool wants(int flags, int what) {
  const auto bits = static_cast<unsigned>(what);
  return (static_cast<unsigned>(flags) & bits) == bits;
}

void describe(const Pixels& pixels, const Layout& layout, Export& exported, Py_buffer* view,
              int flags) {
  exported.shape[0] = pixels.height;
  exported.shape[1] = pixels.width;
  exported.shape[2] = layout.channels;
  exported.strides[0] = pixels.pitch;
  exported.strides[1] = layout.pixelSize();
  exported.strides[2] = layout.itemSize;
  exported.format[0] = layout.code;
  view->buf = pixels.data;
  view->len = exported.shape[0] * exported.shape[1] * layout.pixelSize();
  view->itemsize = layout.itemSize;
  view->ndim = layout.channels == 1 ? 2 : 3;
  view->format = wants(flags, PyBUF_FORMAT) ? exported.format : nullptr;
  view->shape = wants(flags, PyBUF_ND) ? exported.shape : nullptr;
  view->strides = wants(flags, PyBUF_STRIDES) ? exported.strides : nullptr;
}

void exportImage(PyObject* self, Py_buffer* view, int flags) {
  auto exported = std::make_unique<Export>(self);
  const Pixels pixels = pixelsOf(exported->image);
  const Layout* layout = layoutOf(pixels.format);
  if (layout == nullptr) {
    raise(builtins.bufferError, "The pixel format %d has no counterpart in Python",
          static_cast<int>(pixels.format));
  }
  const bool contiguous =
      pixels.height <= 1 || static_cast<Py_ssize_t>(pixels.pitch) ==
                                layout->pixelSize() * static_cast<Py_ssize_t>(pixels.width);
  const bool mustBeContiguous = !wants(flags, PyBUF_STRIDES) || wants(flags, PyBUF_C_CONTIGUOUS) ||
                                wants(flags, PyBUF_ANY_CONTIGUOUS);
  if (wants(flags, PyBUF_F_CONTIGUOUS) || (mustBeContiguous && !contiguous)) {
    raise(builtins.bufferError,
          "The rows of this image are not contiguous: use numpy.ascontiguousarray(image)");
  }
  describe(pixels, *layout, *exported, view, flags);
  view->readonly = 0;
  view->suboffsets = nullptr;
  view->internal = exported.release();
  view->obj = borrow(self).release();
}

// ---- arrays as images

// An object's buffer with its shape
class View {
 public:
  View(PyObject* array, const char* what) {
    if (py::Object_CheckBuffer(array) == 0) {
      raise(builtins.typeError,
            "%s must be an array with 2 dimensions (height, width) or 3 (height, width, "
            "channels), not %R",
            what, array);
    }
    succeed(py::Object_GetBuffer(array, &view_, PyBUF_RECORDS_RO));
  }
  ~View() { py::Buffer_Release(&view_); }
  View(const View&) = delete;
  View& operator=(const View&) = delete;
  const Py_buffer* operator->() const { return &view_; }

  Py_ssize_t channels() const { return view_.ndim == 3 ? view_.shape[2] : 1; }

  bool fits(const Layout& layout) const {
    if ((view_.ndim != 2 && view_.ndim != 3) || channels() != layout.channels ||
        view_.itemsize != layout.itemSize) {
      return false;
    }
    const char* code = view_.format == nullptr ? "B" : view_.format;
    if (*code == '@' || *code == '=' || *code == '<') {
      ++code;
    }
    if (code[0] == '\0' || code[1] != '\0') {
      return false;
    }
    // 'L' is 'I' or 'Q', depending on the platform
    return code[0] == layout.code || (code[0] == 'L' && std::strchr("IQ", layout.code) != nullptr);
  }

 private:
  Py_buffer view_{};
};

const Layout& chooseLayout(const View& view, OrthancPluginPixelFormat format, PyObject* array,
                           const char* what) {
  for (const Layout& layout : kLayouts) {
    const bool asked = format == OrthancPluginPixelFormat_Unknown || format == layout.format;
    if (asked && view.fits(layout)) {
      return layout;
    }
  }
  const Ref type = steal(py::Object_Type(array));
  raise(builtins.valueError,
        "%s: no pixel format%s fits this %R with %d dimensions, %zd channels, and items of "
        "format '%s'",
        what, format == OrthancPluginPixelFormat_Unknown ? "" : " of that value", type.get(),
        view->ndim, view->ndim == 2 || view->ndim == 3 ? view.channels() : 0,
        view->format == nullptr ? "B" : view->format);
}

void copyPixels(const View& source, const Layout& layout, const Pixels& target) {
  const interpreter::GilRelease release;
  const Py_ssize_t* strides = source->strides;
  const Py_ssize_t channelStride = source->ndim == 3 ? strides[2] : layout.itemSize;
  const auto rowSize = static_cast<std::size_t>(layout.pixelSize() * source->shape[1]);
  const bool wholeRows = strides[1] == layout.pixelSize() &&
                         (layout.channels == 1 || channelStride == layout.itemSize);
  for (Py_ssize_t y = 0; y < source->shape[0]; ++y) {
    const char* from = static_cast<const char*>(source->buf) + y * strides[0];
    uint8_t* to = target.data + imageBytes(target.pitch, static_cast<uint32_t>(y));
    if (wholeRows) {
      std::memcpy(to, from, rowSize);
      continue;
    }
    for (Py_ssize_t x = 0; x < source->shape[1]; ++x) {
      for (Py_ssize_t c = 0; c < layout.channels; ++c, to += layout.itemSize) {
        std::memcpy(to, from + x * strides[1] + c * channelStride,
                    static_cast<std::size_t>(layout.itemSize));
      }
    }
  }
}

// Orthanc counts the bytes of a row with 32 bits and, before this version, the bytes of an image
// too: it would allocate too few bytes.
constexpr host::Version kLargeImages{1, 12, 7};

void refuseTooLarge(OrthancPluginPixelFormat format, uint32_t width, uint32_t height) {
  const Layout* layout = layoutOf(format);
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

uint32_t dimension(Py_ssize_t value, const char* what) {
  if (static_cast<std::uint64_t>(value) > std::numeric_limits<uint32_t>::max()) {
    raise(builtins.overflowError, "%s is too large for an image", what);
  }
  return static_cast<uint32_t>(value);
}

// Frees the image if an exception occurs before release().
struct Freer {
  OrthancPluginImage* image;
  ~Freer() {
    if (image != nullptr) {
      _OrthancPluginFreeImage parameters{};
      parameters.image = image;
      callUnchecked(_OrthancPluginService_FreeImage, &parameters);
    }
  }
  OrthancPluginImage* release() { return std::exchange(image, nullptr); }
};

}  // namespace

int exportPixels(PyObject* self, Py_buffer* view, int flags) {
  view->obj = nullptr;
  try {
    exportImage(self, view, flags);
    return 0;
  } catch (const PythonError&) {
    return -1;
  } catch (...) {
    translateException();
    return -1;
  }
}

void releasePixels(PyObject*, Py_buffer* view) {
  delete static_cast<Export*>(view->internal);
}

OrthancPluginImage* imageOf(PyObject* array, OrthancPluginPixelFormat format, const char* what) {
  const View view(array, what);
  const Layout& layout = chooseLayout(view, format, array, what);
  const uint32_t height = dimension(view->shape[0], what);
  const uint32_t width = dimension(view->shape[1], what);
  Freer image{createImage(layout.format, width, height)};
  copyPixels(view, layout, pixelsOf(image.image));
  return image.release();
}

OrthancPluginImage* takeImage(PyObject* object) {
  Payload& payload = payloadOf(object);
  void* handle = payload.handle.exchange(nullptr);
  if (handle != nullptr && payload.users != 0) {
    payload.handle = handle;  // an array refers to the pixels: Orthanc gets a copy
    const Receiver<OrthancPluginImage> image(object);
    return imageOf(object, pixelsOf(image).format, "An image");
  }
  if (handle == nullptr) {
    const Receiver<OrthancPluginImage> raises(object);
  }
  return static_cast<OrthancPluginImage*>(handle);
}

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

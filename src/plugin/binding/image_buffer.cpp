// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "binding/image_buffer.hpp"

#include <cstring>
#include <limits>
#include <memory>
#include <utility>

#include "binding/pixel_formats.hpp"
#include "binding/sdk_calls.hpp"
#include "interpreter/gil_release.hpp"

namespace orthanc {

namespace {

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

void describe(const Pixels& pixels, const PixelLayout& layout, Export& exported, Py_buffer* view,
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
  const PixelLayout* layout = layoutOf(pixels.format);
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
    if (view_.strides == nullptr && view_.ndim <= kMostDimensions) {
      fillStrides();
    }
  }
  ~View() { py::Buffer_Release(&view_); }
  View(const View&) = delete;
  View& operator=(const View&) = delete;
  const Py_buffer* operator->() const { return &view_; }

  Py_ssize_t channels() const { return view_.ndim == 3 ? view_.shape[2] : 1; }
  const Py_ssize_t* strides() const { return view_.strides; }  // of an array that fits a layout

  bool fits(const PixelLayout& layout) const {
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
  static constexpr int kMostDimensions = 3;

  // ctypes gives none, although they are requested: its arrays are contiguous
  void fillStrides() {
    Py_ssize_t stride = view_.itemsize;
    for (int i = view_.ndim - 1; i >= 0; --i) {
      strides_[i] = stride;
      stride *= view_.shape[i];
    }
    view_.strides = strides_;
  }

  Py_buffer view_{};
  Py_ssize_t strides_[kMostDimensions]{};
};

const PixelLayout& chooseLayout(const View& view, OrthancPluginPixelFormat format, PyObject* array,
                                const char* what) {
  for (const PixelLayout& layout : kPixelLayouts) {
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

void copyPixels(const View& source, const PixelLayout& layout, const Pixels& target) {
  const interpreter::GilRelease release;
  const Py_ssize_t* strides = source.strides();
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
  const PixelLayout& layout = chooseLayout(view, format, array, what);
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

}  // namespace orthanc

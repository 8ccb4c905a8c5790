// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Decoders and transcoders. When one returns None, Orthanc tries the next one: another plugin's or
// its own.
#include "binding/image_buffer.hpp"
#include "callbacks/callback.hpp"

namespace orthanc {

namespace {

Slot decodeSlot("callback to decode images");
Slot transcodeSlot("callback to transcode DICOM instances");

constexpr OrthancPluginErrorCode kTryNextCodec = OrthancPluginErrorCode_NotImplemented;

bool isImage(PyObject* object) {
  const Ref type = steal(py::Object_Type(object));
  return type.get() == typeOf(ClassId::Image);
}

OrthancPluginErrorCode decode(OrthancPluginImage** target, const void* dicom, const uint32_t size,
                              uint32_t frame) {
  return runCallback("Error in the Python image decoder", [&] {
    if (!decodeSlot.taken()) {
      return kTryNextCodec;
    }
    const Ref data = bytesObject(dicom, size);
    const Ref index = integerObject(frame);
    const Ref result =
        steal(py::Object_CallFunctionObjArgs(decodeSlot.get(), data.get(), index.get(), nullptr));
    if (result.get() == builtins.none) {
      return kTryNextCodec;
    }
    *target =
        isImage(result.get())
            ? takeImage(result.get())
            : imageOf(result.get(), OrthancPluginPixelFormat_Unknown,
                      "The result of an image decoder, unless it is an orthanc.Image or None,");
    return OrthancPluginErrorCode_Success;
  });
}

Ref listOf(const char* const* texts, uint32_t count) {
  Ref list = steal(py::List_New(count));
  for (uint32_t i = 0; i < count; ++i) {
    succeed(py::List_SetItem(list.get(), i, text(texts[i]).release()));
  }
  return list;
}

OrthancPluginErrorCode transcode(OrthancPluginMemoryBuffer* target, const void* dicom,
                                 uint64_t size, const char* const* syntaxes, uint32_t syntaxCount,
                                 uint8_t allowNewSopInstanceUid) {
  return runCallback("Error in the Python transcoder", [&] {
    if (!transcodeSlot.taken()) {
      return kTryNextCodec;
    }
    const Ref data = bytesObject(dicom, size);
    const Ref allowed = listOf(syntaxes, syntaxCount);
    const Ref newUid = steal(py::Bool_FromLong(allowNewSopInstanceUid));
    const Ref result = steal(py::Object_CallFunctionObjArgs(transcodeSlot.get(), data.get(),
                                                            allowed.get(), newUid.get(), nullptr));
    if (result.get() == builtins.none) {
      return kTryNextCodec;
    }
    copyTo(target, ResultBytes(result.get(), "The result of a transcoder, unless it is None,"));
    return OrthancPluginErrorCode_Success;
  });
}

}  // namespace

PyObject* handwritten::RegisterDecodeImageCallback(PyObject*, PyObject* const* values,
                                                   Py_ssize_t count, PyObject* keywords) {
  const Arguments<1> arguments(signatures::RegisterDecodeImageCallback, values, count, keywords);
  const _OrthancPluginDecodeImageCallback parameters{decode};
  registerCallbacks({{&decodeSlot, arguments[0]}},
                    _OrthancPluginService_RegisterDecodeImageCallback, &parameters);
  return none();
}

PyObject* handwritten::RegisterTranscoderCallback(PyObject*, PyObject* const* values,
                                                  Py_ssize_t count, PyObject* keywords) {
  const Arguments<1> arguments(signatures::RegisterTranscoderCallback, values, count, keywords);
  const _OrthancPluginTranscoderCallback parameters{transcode};
  registerCallbacks({{&transcodeSlot, arguments[0]}},
                    _OrthancPluginService_RegisterTranscoderCallback, &parameters);
  return none();
}

}  // namespace orthanc

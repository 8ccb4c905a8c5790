// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Storage areas. The first version reads whole files, the second one also ranges. The third one
// reads ranges only, and its callbacks get more data (compression, custom data).
#include <cstdlib>
#include <cstring>
#include <limits>

#include "callbacks/callback.hpp"

namespace orthanc {

namespace {

Slot createSlot("custom storage area");
Slot readSlot("custom storage area (read)");
Slot readRangeSlot("custom storage area (read range)");
Slot removeSlot("custom storage area (remove)");

void requireArea() {
  if (!createSlot.taken()) {
    raiseOrthanc(OrthancPluginErrorCode_BadSequenceOfCalls);
  }
}

subject::Named attachment(const char* uuid) {
  return {"the attachment", uuid};
}

// Copies a range into Orthanc's buffer.
void fill(OrthancPluginMemoryBuffer64* target, PyObject* content) {
  const ResultBytes data(content, "The content of an attachment");
  if (data.size() != target->size) {
    raise(builtins.valueError, "The storage area has read %zu bytes instead of %llu", data.size(),
          static_cast<unsigned long long>(target->size));
  }
  if (data.size() != 0) {
    std::memcpy(target->data, data.data(), data.size());
  }
}

// ---- first version

OrthancPluginErrorCode create(const char* uuid, const void* content, int64_t size,
                              OrthancPluginContentType type) {
  return runCallback("Error in the Python StorageCreate callback", attachment(uuid), [&] {
    requireArea();
    const Ref id = text(uuid);
    const Ref contentType = integerObject(type);
    const Ref data = bytesObject(content, static_cast<uint64_t>(size));
    steal(py::Object_CallFunctionObjArgs(createSlot.get(), id.get(), contentType.get(), data.get(),
                                         nullptr));
  });
}

OrthancPluginErrorCode read(void** content, int64_t* size, const char* uuid,
                            OrthancPluginContentType type) {
  return runCallback("Error in the Python StorageRead callback", attachment(uuid), [&] {
    requireArea();
    const Ref id = text(uuid);
    const Ref contentType = integerObject(type);
    const Ref result =
        steal(py::Object_CallFunctionObjArgs(readSlot.get(), id.get(), contentType.get(), nullptr));
    const ResultBytes data(result.get(), "The content of an attachment");
    // this version of the SDK frees the memory with the registered function, free()
    void* copy = std::malloc(data.size() == 0 ? 1 : data.size());
    if (copy == nullptr) {
      throw std::bad_alloc();
    }
    if (data.size() != 0) {  // the address of an empty buffer may be nullptr
      std::memcpy(copy, data.data(), data.size());
    }
    *content = copy;
    *size = static_cast<int64_t>(data.size());
  });
}

OrthancPluginErrorCode remove(const char* uuid, OrthancPluginContentType type) {
  return runCallback("Error in the Python StorageRemove callback", attachment(uuid), [&] {
    requireArea();
    const Ref id = text(uuid);
    const Ref contentType = integerObject(type);
    steal(py::Object_CallFunctionObjArgs(removeSlot.get(), id.get(), contentType.get(), nullptr));
  });
}

// ---- second version: created and removed as in the first one

OrthancPluginErrorCode readWhole2(OrthancPluginMemoryBuffer64* target, const char* uuid,
                                  OrthancPluginContentType type) {
  return runCallback("Error in the Python StorageReadWhole callback", attachment(uuid), [&] {
    requireArea();
    const Ref id = text(uuid);
    const Ref contentType = integerObject(type);
    const Ref result =
        steal(py::Object_CallFunctionObjArgs(readSlot.get(), id.get(), contentType.get(), nullptr));
    copyTo(target, ResultBytes(result.get(), "The content of an attachment"));
  });
}

OrthancPluginErrorCode readRange2(OrthancPluginMemoryBuffer64* target, const char* uuid,
                                  OrthancPluginContentType type, uint64_t start) {
  return runCallback("Error in the Python StorageReadRange callback", attachment(uuid), [&] {
    requireArea();
    const Ref id = text(uuid);
    const Ref contentType = integerObject(type);
    const Ref rangeStart = integerObject(start);
    const Ref size = integerObject(target->size);
    const Ref result = steal(py::Object_CallFunctionObjArgs(
        readRangeSlot.get(), id.get(), contentType.get(), rangeStart.get(), size.get(), nullptr));
    fill(target, result.get());
  });
}

// ---- third version

struct CodeAndData {
  OrthancPluginErrorCode code;
  PyObject* data;  // borrowed from the result
};

OrthancPluginErrorCode toCode(PyObject* object, const char* what) {
  const long long code = requireEnumerator(object, what);
  if (code < std::numeric_limits<int32_t>::min() || code > std::numeric_limits<int32_t>::max()) {
    raise(builtins.valueError, "%lld is not a value of orthanc.ErrorCode", code);
  }
  return static_cast<OrthancPluginErrorCode>(code);
}

CodeAndData split(PyObject* result, const char* what) {
  if (py::Tuple_Size(result) != 2) {
    py::Err_Clear();
    raise(builtins.typeError, "%s must be a tuple (ErrorCode, bytes or None), not %R", what,
          result);
  }
  return {toCode(py::Tuple_GetItem(result, 0), what), py::Tuple_GetItem(result, 1)};
}

OrthancPluginErrorCode create3(OrthancPluginMemoryBuffer* customData, const char* uuid,
                               const void* content, uint64_t size, OrthancPluginContentType type,
                               OrthancPluginCompressionType compression,
                               const OrthancPluginDicomInstance* instance) {
  return runCallback("Error in the Python StorageCreate2 callback", attachment(uuid), [&] {
    requireArea();
    const Borrowed dicom(ClassId::DicomInstance, instance);
    const Ref id = text(uuid);
    const Ref contentType = integerObject(type);
    const Ref compressionType = integerObject(compression);
    const Ref data = bytesObject(content, size);
    const Ref result = steal(
        py::Object_CallFunctionObjArgs(createSlot.get(), id.get(), contentType.get(),
                                       compressionType.get(), data.get(), dicom.get(), nullptr));
    const CodeAndData answer = split(result.get(), "The result of creating an attachment");
    if (answer.code == OrthancPluginErrorCode_Success && answer.data != builtins.none) {
      const ResultBytes custom(answer.data, "The custom data of an attachment");
      if (custom.size() != 0) {
        copyTo(customData, custom);
      }
    }
    return answer.code;
  });
}

OrthancPluginErrorCode readRange3(OrthancPluginMemoryBuffer64* target, const char* uuid,
                                  OrthancPluginContentType type, uint64_t start,
                                  const void* customData, uint32_t customDataSize) {
  return runCallback("Error in the Python StorageReadRange2 callback", attachment(uuid), [&] {
    requireArea();
    const Ref id = text(uuid);
    const Ref contentType = integerObject(type);
    const Ref rangeStart = integerObject(start);
    const Ref size = integerObject(target->size);
    const Ref custom = bytesObject(customData, customDataSize);
    const Ref result =
        steal(py::Object_CallFunctionObjArgs(readSlot.get(), id.get(), contentType.get(),
                                             rangeStart.get(), size.get(), custom.get(), nullptr));
    const CodeAndData answer = split(result.get(), "The result of reading an attachment");
    if (answer.code == OrthancPluginErrorCode_Success) {
      fill(target, answer.data);
    }
    return answer.code;
  });
}

OrthancPluginErrorCode remove3(const char* uuid, OrthancPluginContentType type,
                               const void* customData, uint32_t customDataSize) {
  return runCallback("Error in the Python StorageRemove2 callback", attachment(uuid), [&] {
    requireArea();
    const Ref id = text(uuid);
    const Ref contentType = integerObject(type);
    const Ref custom = bytesObject(customData, customDataSize);
    const Ref result = steal(py::Object_CallFunctionObjArgs(
        removeSlot.get(), id.get(), contentType.get(), custom.get(), nullptr));
    return toCode(result.get(), "The result of removing an attachment");
  });
}

void registerArea(const Arguments<3>& arguments, _OrthancPluginService service,
                  const void* parameters) {
  registerCallbacks(
      {{&createSlot, arguments[0]}, {&readSlot, arguments[1]}, {&removeSlot, arguments[2]}},
      service, parameters);
  host::logInfo("Registering a custom storage area in Python");
}

}  // namespace

PyObject* handwritten::RegisterStorageArea(PyObject*, PyObject* const* values, Py_ssize_t count,
                                           PyObject* keywords) {
  const Arguments<3> arguments(signatures::RegisterStorageArea, values, count, keywords);
  const _OrthancPluginRegisterStorageArea parameters{create, read, remove, std::free};
  registerArea(arguments, _OrthancPluginService_RegisterStorageArea, &parameters);
  return none();
}

PyObject* handwritten::RegisterStorageArea2(PyObject*, PyObject* const* values, Py_ssize_t count,
                                            PyObject* keywords) {
  const Arguments<4> arguments(signatures::RegisterStorageArea2, values, count, keywords);
  const _OrthancPluginRegisterStorageArea2 parameters{create, readWhole2, readRange2, remove};
  registerCallbacks({{&createSlot, arguments[0]},
                     {&readSlot, arguments[1]},
                     {&readRangeSlot, arguments[2]},
                     {&removeSlot, arguments[3]}},
                    _OrthancPluginService_RegisterStorageArea2, &parameters);
  host::logInfo("Registering a custom storage area in Python");
  return none();
}

PyObject* handwritten::RegisterStorageArea3(PyObject*, PyObject* const* values, Py_ssize_t count,
                                            PyObject* keywords) {
  const Arguments<3> arguments(signatures::RegisterStorageArea3, values, count, keywords);
  const _OrthancPluginRegisterStorageArea3 parameters{create3, readRange3, remove3};
  registerArea(arguments, _OrthancPluginService_RegisterStorageArea3, &parameters);
  return none();
}

}  // namespace orthanc

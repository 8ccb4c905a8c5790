// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// DICOMweb documents (PS3.18). A callable decides how the document represents binary values.
#include "binding/exception_relay.hpp"
#include "binding/values.hpp"
#include "generated/handwritten.hpp"
#include "generated/signatures.hpp"

namespace orthanc {

namespace {

struct Encoding {
  PyObject* callback;  // nullptr: all binary values are part of the document
  ExceptionRelay relay;
};

Ref tagOf(uint16_t group, uint16_t element) {
  return pairOf(integerObject(group), integerObject(element));
}

// [((group, element), index), ...]: the sequences around a value, and the item in each
Ref levelsOf(uint32_t depth, const uint16_t* groups, const uint16_t* elements,
             const uint32_t* indices) {
  Ref levels = steal(py::List_New(depth));
  for (uint32_t i = 0; i < depth; ++i) {
    Ref level = pairOf(tagOf(groups[i], elements[i]), integerObject(indices[i]));
    succeed(py::List_SetItem(levels.get(), i, level.release()));
  }
  return levels;
}

// A str is the URI of the value, an int is a mode, None omits the value.
void apply(PyObject* choice, OrthancPluginDicomWebNode* node,
           OrthancPluginDicomWebSetBinaryNode setter) {
  if (choice == builtins.none) {
    return;
  }
  if (py::Object_IsInstance(choice, builtins.str) == 1) {
    const Utf8 uri(choice);
    setter(node, OrthancPluginDicomWebBinaryMode_BulkDataUri, uri.data());
    return;
  }
  const long long mode = requireInteger(
      choice, "The result of a DICOMweb callback, unless it is a str (the URI) or None,");
  if (mode == OrthancPluginDicomWebBinaryMode_BulkDataUri) {
    raise(builtins.valueError, "To refer to bulk data, a DICOMweb callback returns the URI");
  }
  if (mode < OrthancPluginDicomWebBinaryMode_Ignore ||
      mode > OrthancPluginDicomWebBinaryMode_ArrayOfValues) {
    raise(builtins.valueError, "%lld is not a value of orthanc.DicomWebBinaryMode", mode);
  }
  if (mode != OrthancPluginDicomWebBinaryMode_Ignore) {
    setter(node, static_cast<OrthancPluginDicomWebBinaryMode>(mode), nullptr);
  }
}

void onBinary(OrthancPluginDicomWebNode* node, OrthancPluginDicomWebSetBinaryNode setter,
              uint32_t depth, const uint16_t* groups, const uint16_t* elements,
              const uint32_t* indices, uint16_t group, uint16_t element,
              OrthancPluginValueRepresentation vr, void* payload) {
  Encoding& encoding = *static_cast<Encoding*>(payload);
  if (encoding.callback == nullptr) {
    setter(node, OrthancPluginDicomWebBinaryMode_InlineBinary, nullptr);
    return;
  }
  encoding.relay.run([&] {
    const Ref levels = levelsOf(depth, groups, elements, indices);
    const Ref tag = tagOf(group, element);
    const Ref representation = integerObject(vr);
    const Ref choice = steal(py::Object_CallFunctionObjArgs(
        encoding.callback, levels.get(), tag.get(), representation.get(), nullptr));
    apply(choice.get(), node, setter);
  });
}

PyObject* callbackOf(const Argument& argument) {
  return argument.given() && !argument.isNone() ? callable(argument) : nullptr;
}

PyObject* encodeFile(const Signature& signature, PyObject* const* values, Py_ssize_t count,
                     PyObject* keywords, _OrthancPluginService service) {
  const Arguments<2> arguments(signature, values, count, keywords);
  const Buffer dicom(arguments[0]);
  Encoding encoding{callbackOf(arguments[1]), {}};
  StringResult result;
  _OrthancPluginEncodeDicomWeb2 parameters{};
  parameters.target = result.out();
  parameters.dicom = dicom.data();
  parameters.dicomSize = dicom.size<uint32_t>();
  parameters.callback = onBinary;
  parameters.payload = &encoding;
  encoding.relay.check(call(service, &parameters));
  return result.release();
}

PyObject* encodeInstance(const Signature& signature, PyObject* self, PyObject* const* values,
                         Py_ssize_t count, PyObject* keywords, _OrthancPluginService service) {
  const Arguments<1> arguments(signature, values, count, keywords);
  const Receiver<OrthancPluginDicomInstance> instance(self);
  Encoding encoding{callbackOf(arguments[0]), {}};
  StringResult result;
  _OrthancPluginAccessDicomInstance2 parameters{};
  parameters.targetStringToFree = result.out();
  parameters.instance = instance;
  parameters.dicomWebCallback = onBinary;
  parameters.dicomWebPayload = &encoding;
  encoding.relay.check(call(service, &parameters, instance));
  return result.release();
}

}  // namespace

PyObject* handwritten::EncodeDicomWebJson2(PyObject*, PyObject* const* values, Py_ssize_t count,
                                           PyObject* keywords) {
  return encodeFile(signatures::EncodeDicomWebJson2, values, count, keywords,
                    _OrthancPluginService_EncodeDicomWebJson2);
}

PyObject* handwritten::EncodeDicomWebXml2(PyObject*, PyObject* const* values, Py_ssize_t count,
                                          PyObject* keywords) {
  return encodeFile(signatures::EncodeDicomWebXml2, values, count, keywords,
                    _OrthancPluginService_EncodeDicomWebXml2);
}

PyObject* handwritten::DicomInstance_GetInstanceDicomWebJson(PyObject* self,
                                                             PyObject* const* values,
                                                             Py_ssize_t count, PyObject* keywords) {
  return encodeInstance(signatures::DicomInstance_GetInstanceDicomWebJson, self, values, count,
                        keywords, _OrthancPluginService_GetInstanceDicomWebJson);
}

PyObject* handwritten::DicomInstance_GetInstanceDicomWebXml(PyObject* self, PyObject* const* values,
                                                            Py_ssize_t count, PyObject* keywords) {
  return encodeInstance(signatures::DicomInstance_GetInstanceDicomWebXml, self, values, count,
                        keywords, _OrthancPluginService_GetInstanceDicomWebXml);
}

}  // namespace orthanc

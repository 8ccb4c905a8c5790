// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Functions and methods whose Python form does not follow from the C types.
#include "binding/wrappers.hpp"
#include "generated/handwritten.hpp"
#include "generated/signatures.hpp"

namespace orthanc {

namespace {

void setItem(PyObject* dictionary, const char* key, PyObject* value) {
  const Ref owned = steal(value);
  succeed(py::Dict_SetItemString(dictionary, key, owned.get()));
}

PyObject* pair(PyObject* first, PyObject* second) {
  Ref one = steal(first);
  Ref two = steal(second);
  Ref result = steal(py::Tuple_New(2));
  succeed(py::Tuple_SetItem(result.get(), 0, one.release()));
  succeed(py::Tuple_SetItem(result.get(), 1, two.release()));
  return result.release();
}

bool runningIsAtLeast(const host::Version& version) {
  return !(host::version() < version);
}

}  // namespace

namespace handwritten {

PyObject* CheckVersion(PyObject*, PyObject* const*, Py_ssize_t count, PyObject* keywords) {
  NoArguments(signatures::CheckVersion, count, keywords);
  // the plugin is running, so Orthanc is recent enough
  return number(1);
}

PyObject* CheckVersionAdvanced(PyObject*, PyObject* const* values, Py_ssize_t count,
                               PyObject* keywords) {
  const Arguments<3> arguments(signatures::CheckVersionAdvanced, values, count, keywords);
  const host::Version expected{integer<int32_t>(arguments[0]), integer<int32_t>(arguments[1]),
                               integer<int32_t>(arguments[2])};
  return number(runningIsAtLeast(expected) ? 1 : 0);
}

PyObject* LookupDictionary(PyObject*, PyObject* const* values, Py_ssize_t count,
                           PyObject* keywords) {
  const Arguments<1> arguments(signatures::LookupDictionary, values, count, keywords);
  const Text name(arguments[0]);
  OrthancPluginDictionaryEntry entry{};
  _OrthancPluginLookupDictionary parameters{};
  parameters.target = &entry;
  parameters.name = name;
  if (call(_OrthancPluginService_LookupDictionary, &parameters) != OrthancPluginErrorCode_Success) {
    raise(builtins.typeError, "Unknown DICOM tag: %U", arguments[0].value);
  }
  Ref result = steal(py::Dict_New());
  setItem(result.get(), "Group", number(entry.group));
  setItem(result.get(), "Element", number(entry.element));
  setItem(result.get(), "ValueRepresentation", number(entry.vr));
  setItem(result.get(), "MinMultiplicity", number(entry.minMultiplicity));
  setItem(result.get(), "MaxMultiplicity", number(entry.maxMultiplicity));
  return result.release();
}

PyObject* DicomInstance_GetInstanceData(PyObject* self, PyObject* const*, Py_ssize_t count,
                                        PyObject* keywords) {
  NoArguments(signatures::DicomInstance_GetInstanceData, count, keywords);
  const Receiver<OrthancPluginDicomInstance> instance(self);
  int64_t size = 0;
  _OrthancPluginAccessDicomInstance getSize{};
  getSize.instance = instance;
  getSize.resultInt64 = &size;
  const char* data = nullptr;
  _OrthancPluginAccessDicomInstance getData{};
  getData.instance = instance;
  getData.resultString = &data;
  check(call({{_OrthancPluginService_GetInstanceSize, &getSize},
              {_OrthancPluginService_GetInstanceData, &getData}},
             instance));
  return bytes(data, static_cast<uint64_t>(size), instance);
}

namespace {

// One half of the tag of a C-FIND query
PyObject* tagOf(const Signature& signature, PyObject* self, PyObject* const* values,
                Py_ssize_t count, PyObject* keywords, bool group) {
  const Arguments<1> arguments(signature, values, count, keywords);
  const Receiver<OrthancPluginFindQuery> query(self);
  uint16_t tagGroup = 0;
  uint16_t tagElement = 0;
  _OrthancPluginFindOperation parameters{};
  parameters.query = query;
  parameters.index = integer<uint32_t>(arguments[0]);
  parameters.resultGroup = &tagGroup;
  parameters.resultElement = &tagElement;
  if (call(_OrthancPluginService_GetFindQueryTag, &parameters, query) !=
      OrthancPluginErrorCode_Success) {
    raise(builtins.valueError, "Index is out of range: %u", parameters.index);
  }
  return number(group ? tagGroup : tagElement);
}

}  // namespace

PyObject* FindQuery_GetFindQueryTagGroup(PyObject* self, PyObject* const* values, Py_ssize_t count,
                                         PyObject* keywords) {
  return tagOf(signatures::FindQuery_GetFindQueryTagGroup, self, values, count, keywords, true);
}

PyObject* FindQuery_GetFindQueryTagElement(PyObject* self, PyObject* const* values,
                                           Py_ssize_t count, PyObject* keywords) {
  return tagOf(signatures::FindQuery_GetFindQueryTagElement, self, values, count, keywords, false);
}

// ---- key-value stores and queues

PyObject* GetKeyValue(PyObject*, PyObject* const* values, Py_ssize_t count, PyObject* keywords) {
  const Arguments<2> arguments(signatures::GetKeyValue, values, count, keywords);
  const Text store(arguments[0]);
  const Text key(arguments[1]);
  uint8_t found = 0;
  BytesResult value;
  _OrthancPluginGetKeyValue parameters{};
  parameters.found = &found;
  parameters.target = value.out();
  parameters.storeId = store;
  parameters.key = key;
  check(call(_OrthancPluginService_GetKeyValue, &parameters));
  return found != 0 ? value.release() : none();
}

PyObject* KeysValuesIterator_Next(PyObject* self, PyObject* const*, Py_ssize_t count,
                                  PyObject* keywords) {
  NoArguments(signatures::KeysValuesIterator_Next, count, keywords);
  const Receiver<OrthancPluginKeysValuesIterator> iterator(self);
  uint8_t available = 0;  // the SDK calls it "done", but sets it while there is an element
  _OrthancPluginKeysValuesIteratorNext parameters{};
  parameters.done = &available;
  parameters.iterator = iterator;
  const OrthancPluginErrorCode code =
      call(_OrthancPluginService_KeysValuesIteratorNext, &parameters, iterator);
  if (code == OrthancPluginErrorCode_BadSequenceOfCalls) {
    return py::Bool_FromLong(0);  // called again after the end
  }
  check(code);
  return py::Bool_FromLong(available != 0 ? 1 : 0);
}

PyObject* DequeueValue(PyObject*, PyObject* const* values, Py_ssize_t count, PyObject* keywords) {
  const Arguments<2> arguments(signatures::DequeueValue, values, count, keywords);
  const Text queue(arguments[0]);
  uint8_t found = 0;
  BytesResult value;
  _OrthancPluginDequeueValue parameters{};
  parameters.found = &found;
  parameters.target = value.out();
  parameters.queueId = queue;
  parameters.origin = enumeration<OrthancPluginQueueOrigin>(arguments[1]);
  check(call(_OrthancPluginService_DequeueValue, &parameters));
  return found != 0 ? value.release() : none();
}

PyObject* ReserveQueueValue(PyObject*, PyObject* const* values, Py_ssize_t count,
                            PyObject* keywords) {
  const Arguments<3> arguments(signatures::ReserveQueueValue, values, count, keywords);
  const Text queue(arguments[0]);
  uint8_t found = 0;
  uint64_t valueId = 0;
  BytesResult value;
  _OrthancPluginReserveQueueValue parameters{};
  parameters.found = &found;
  parameters.target = value.out();
  parameters.queueId = queue;
  parameters.origin = enumeration<OrthancPluginQueueOrigin>(arguments[1]);
  parameters.releaseTimeout = integer<uint32_t>(arguments[2]);
  parameters.valueId = &valueId;
  check(call(_OrthancPluginService_ReserveQueueValue, &parameters));
  return found != 0 ? pair(value.release(), number(valueId)) : pair(none(), none());
}

PyObject* GetQueueSize(PyObject*, PyObject* const* values, Py_ssize_t count, PyObject* keywords) {
  const Arguments<1> arguments(signatures::GetQueueSize, values, count, keywords);
  const Text queue(arguments[0]);
  uint64_t size = 0;
  _OrthancPluginGetQueueSize parameters{};
  parameters.queueId = queue;
  parameters.size = &size;
  check(call(_OrthancPluginService_GetQueueSize, &parameters));
  return number(size);
}

PyObject* SetStableStatus(PyObject*, PyObject* const* values, Py_ssize_t count,
                          PyObject* keywords) {
  const Arguments<2> arguments(signatures::SetStableStatus, values, count, keywords);
  const Text resource(arguments[0]);
  uint8_t changed = 0;
  _OrthancPluginSetStableStatus parameters{};
  parameters.resourceId = resource;
  parameters.stableStatus = enumeration<OrthancPluginStableStatus>(arguments[1]);
  parameters.statusHasChanged = &changed;
  check(call(_OrthancPluginService_SetStableStatus, &parameters));
  return pair(number(0), number(changed));
}

}  // namespace handwritten

}  // namespace orthanc

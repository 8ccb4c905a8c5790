// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "module/protocols.hpp"

#include "generated/handwritten.hpp"
#include "module/wrappers.hpp"

namespace orthanc {

namespace {

// The boundary to CPython, as `guarded` for methods.
template <class Result, class Body>
Result protect(Result failure, Body&& body) {
  try {
    return body();
  } catch (const PythonError&) {
    return failure;
  } catch (const std::bad_alloc&) {
    py::Err_SetString(builtins.memoryError, "not enough memory");
    return failure;
  }
}

PyObject* itself(PyObject* self) {
  return borrow(self).release();
}

const char* peerName(const OrthancPluginPeers* peers, uint32_t index) {
  const char* name = nullptr;
  _OrthancPluginGetPeerProperty parameters{};
  parameters.target = &name;
  parameters.peers = peers;
  parameters.peerIndex = index;
  check(call(_OrthancPluginService_GetPeerName, &parameters));
  return name;
}

uint32_t countPeers(const OrthancPluginPeers* peers) {
  uint32_t count = 0;
  _OrthancPluginGetPeersCount parameters{};
  parameters.target = &count;
  parameters.peers = peers;
  check(call(_OrthancPluginService_GetPeersCount, &parameters));
  return count;
}

Py_ssize_t peersLength(PyObject* self) {
  return protect<Py_ssize_t>(-1, [&] {
    const Receiver<OrthancPluginPeers> peers(self);
    return static_cast<Py_ssize_t>(countPeers(peers));
  });
}

PyObject* peersItem(PyObject* self, Py_ssize_t index) {
  return protect<PyObject*>(nullptr, [&] {
    const Receiver<OrthancPluginPeers> peers(self);
    if (index < 0 || index >= static_cast<Py_ssize_t>(countPeers(peers))) {
      raise(builtins.indexError, "There is no Orthanc peer %zd", index);
    }
    return py::Unicode_FromString(peerName(peers, static_cast<uint32_t>(index)));
  });
}

// The next (key, value); nullptr without an exception at the end
PyObject* nextKeyValue(PyObject* self) {
  return protect<PyObject*>(nullptr, [&]() -> PyObject* {
    const Ref found = steal(handwritten::KeysValuesIterator_Next(self, nullptr, 0, nullptr));
    if (py::Object_IsTrue(found.get()) != 1) {
      return nullptr;
    }
    const Receiver<OrthancPluginKeysValuesIterator> iterator(self);
    const char* key = nullptr;
    _OrthancPluginKeysValuesIteratorGetKey keyParameters{};
    keyParameters.target = &key;
    keyParameters.iterator = iterator;
    check(call(_OrthancPluginService_KeysValuesIteratorGetKey, &keyParameters));
    BytesResult value;
    _OrthancPluginKeysValuesIteratorGetValue valueParameters{};
    valueParameters.target = value.out();
    valueParameters.iterator = iterator;
    check(call(_OrthancPluginService_KeysValuesIteratorGetValue, &valueParameters));
    Ref pair = steal(py::Tuple_New(2));
    succeed(py::Tuple_SetItem(pair.get(), 0, steal(py::Unicode_FromString(key)).release()));
    succeed(py::Tuple_SetItem(pair.get(), 1, steal(value.release()).release()));
    return pair.release();
  });
}

template <class F>
void add(std::vector<PyType_Slot>& slots, int slot, F* function) {
  slots.push_back({slot, reinterpret_cast<void*>(function)});
}

}  // namespace

void addProtocols(ClassId id, std::vector<PyType_Slot>& slots) {
  if (id == ClassId::Image) {
    add(slots, Py_bf_getbuffer, exportPixels);
    add(slots, Py_bf_releasebuffer, releasePixels);
  } else if (id == ClassId::KeysValuesIterator) {
    add(slots, Py_tp_iter, itself);
    add(slots, Py_tp_iternext, nextKeyValue);
  } else if (id == ClassId::Peers) {
    add(slots, Py_sq_length, peersLength);
    add(slots, Py_sq_item, peersItem);
  }
}

}  // namespace orthanc

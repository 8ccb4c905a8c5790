// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "binding/protocols.hpp"

#include "binding/image_buffer.hpp"
#include "binding/values.hpp"
#include "binding/wrappers.hpp"
#include "generated/handwritten.hpp"

namespace orthanc {

namespace {

// The boundary between C++ and CPython, as `guarded` is for methods.
template <class Result, class Body>
Result protect(Result failure, Body&& body) {
  try {
    return body();
  } catch (const PythonError&) {
    return failure;
  } catch (...) {
    translateException();
    return failure;
  }
}

PyObject* returnSelf(PyObject* self) {
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
    return text(peerName(peers, static_cast<uint32_t>(index))).release();
  });
}

// The next (key, value); nullptr without an exception at the end. One call() locks the handle for
// all services: otherwise another thread could move the iterator between them.
PyObject* nextKeyValue(PyObject* self) {
  return protect<PyObject*>(nullptr, [&]() -> PyObject* {
    const Receiver<OrthancPluginKeysValuesIterator> iterator(self);
    uint8_t available = 0;  // the SDK calls it "done", but sets it while there is an element
    _OrthancPluginKeysValuesIteratorNext advance{};
    advance.done = &available;
    advance.iterator = iterator;
    StaticStringResult key;
    _OrthancPluginKeysValuesIteratorGetKey getKey{};
    getKey.target = key.out();
    getKey.iterator = iterator;
    BytesResult value;
    _OrthancPluginKeysValuesIteratorGetValue getValue{};
    getValue.target = value.out();
    getValue.iterator = iterator;
    const OrthancPluginErrorCode code =
        call({{_OrthancPluginService_KeysValuesIteratorNext, &advance},
              {_OrthancPluginService_KeysValuesIteratorGetKey, &getKey, &key, &available},
              {_OrthancPluginService_KeysValuesIteratorGetValue, &getValue}},
             iterator);
    if (available == 0 && code == OrthancPluginErrorCode_BadSequenceOfCalls) {
      return nullptr;  // next() was called again after the end
    }
    check(code);
    return available == 0 ? nullptr
                          : pairOf(steal(key.release()), steal(value.release())).release();
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
    add(slots, Py_tp_iter, returnSelf);
    add(slots, Py_tp_iternext, nextKeyValue);
  } else if (id == ClassId::Peers) {
    add(slots, Py_sq_length, peersLength);
    add(slots, Py_sq_item, peersItem);
  }
}

}  // namespace orthanc

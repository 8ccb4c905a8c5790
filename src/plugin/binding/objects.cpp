// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "binding/objects.hpp"

#include <condition_variable>
#include <mutex>
#include <new>
#include <string>
#include <vector>

#include "binding/protocols.hpp"
#include "binding/tables.hpp"
#include "interpreter/gil_release.hpp"

namespace orthanc {

namespace {

constexpr std::size_t kTypeCount = static_cast<std::size_t>(ClassId::count);

PyObject* types[kTypeCount];

std::mutex ownedMutex;
Payload* ownedFirst = nullptr;

// For threads that wait for the last use of a handle, which is rare: one for all handles
std::mutex lastUseMutex;
std::condition_variable lastUseEnded;

void link(Payload& payload) {
  std::lock_guard<std::mutex> lock(ownedMutex);
  payload.next = ownedFirst;
  if (ownedFirst != nullptr) {
    ownedFirst->previous = &payload;
  }
  ownedFirst = &payload;
}

// False if another thread has removed the object from the list.
bool unlink(Payload& payload) {
  std::lock_guard<std::mutex> lock(ownedMutex);
  if (payload.previous == nullptr && ownedFirst != &payload) {
    return false;
  }
  (payload.previous != nullptr ? payload.previous->next : ownedFirst) = payload.next;
  if (payload.next != nullptr) {
    payload.next->previous = payload.previous;
  }
  payload.previous = payload.next = nullptr;
  return true;
}

// Releases the GIL: freeing may wait for a mutex of Orthanc that a callback holds.
void destroyHandle(Payload& payload) {
  void* handle = payload.handle.exchange(nullptr);
  if (handle != nullptr && payload.destroy != nullptr) {
    const interpreter::GilRelease release;
    payload.destroy(handle);
  }
}

void deallocate(PyObject* self) {
  Payload& payload = payloadOf(self);
  PyObject* type = types[static_cast<std::size_t>(payload.type)];
  if (payload.destroy != nullptr && !host::isForkedChild() && unlink(payload)) {
    const host::CallGuard guard;
    if (guard) {
      destroyHandle(payload);
    }
  }
  payload.~Payload();
  py::Object_Free(self);
  py::DecRef(type);  // instances of heap types hold a reference to their type
}

PyObject* refuseConstruction(PyObject* type, PyObject*, PyObject*) {
  py::Err_Format(builtins.typeError,
                 "%R cannot be constructed: such objects come from Orthanc's functions and "
                 "callbacks",
                 type);
  return nullptr;
}

Ref wrap(ClassId id, void* handle) {
  PyObject* type = typeOf(id);
  Ref object = steal(py::Type_GenericAlloc(reinterpret_cast<PyTypeObject*>(type), 0));
  Payload* payload = new (&payloadOf(object.get())) Payload{};
  payload->handle = handle;
  payload->type = id;
  return object;
}

// For methods that the running Orthanc lacks: the exception names the release to install.
PyObject* getAttribute(PyObject* self, PyObject* name) {
  PyObject* value = py::Object_GenericGetAttr(self, name);
  if (value != nullptr || py::Err_ExceptionMatches(builtins.attributeError) == 0) {
    return value;
  }
  const Class& type = classOf(payloadOf(self).type);
  for (std::size_t i = 0; i < type.methodCount; ++i) {
    const Method& method = type.methods[i];
    if (!available(method) && py::Unicode_CompareWithASCIIString(name, method.name) == 0) {
      py::Err_Format(builtins.attributeError,
                     "orthanc.%s.%s needs Orthanc %s or later; this is Orthanc %s", type.name,
                     method.name, toHost(method.since).text().c_str(),
                     host::version().text().c_str());
      break;
    }
  }
  return nullptr;
}

std::vector<PyMethodDef> methodsOf(const Class& type) {
  std::vector<PyMethodDef> methods;
  for (std::size_t i = 0; i < type.methodCount; ++i) {
    if (available(type.methods[i])) {
      methods.push_back(definitionOf(type.methods[i]));
    }
  }
  methods.push_back({});
  return methods;
}

PyObject* createType(const Class& description) {
  // CPython keeps pointers to the definitions and to the name: they live as long as the process
  auto* methods = new std::vector<PyMethodDef>(methodsOf(description));
  auto* name = new std::string(std::string("orthanc.") + description.name);
  std::vector<PyType_Slot> slots = {
      {Py_tp_dealloc, reinterpret_cast<void*>(&deallocate)},
      {Py_tp_doc, const_cast<char*>(description.documentation)},
      {Py_tp_methods, methods->data()},
      {Py_tp_new, reinterpret_cast<void*>(&refuseConstruction)},
  };
  addProtocols(description.id, slots);
  if (methods->size() <= description.methodCount) {  // with the end marker: some are missing
    slots.push_back({Py_tp_getattro, reinterpret_cast<void*>(&getAttribute)});
  }
  slots.push_back({0, nullptr});
  constexpr unsigned long kImmutableType = 1UL << 8;  // a flag since CPython 3.10
  PyType_Spec spec{};
  spec.name = name->c_str();
  spec.basicsize = builtins.objectSize + static_cast<int>(sizeof(Payload));
  spec.flags = static_cast<unsigned int>(defaultTypeFlags() | kImmutableType);
  spec.slots = slots.data();
  return steal(py::Type_FromSpec(&spec)).release();
}

}  // namespace

Payload& payloadOf(PyObject* object) {
  return *reinterpret_cast<Payload*>(reinterpret_cast<char*>(object) + builtins.objectSize);
}

void createTypes() {
  for (std::size_t i = 0; i < classCount; ++i) {
    types[static_cast<std::size_t>(classes[i].id)] = createType(classes[i]);
  }
}

PyObject* typeOf(ClassId id) {
  return types[static_cast<std::size_t>(id)];
}

Ref wrapOwned(ClassId id, void* handle) {
  const auto destroy = classOf(id).destroy;
  Ref object;
  bool failed = false;
  try {
    object = wrap(id, handle);
  } catch (const PythonError&) {
    failed = true;  // handled below: Orthanc is not called inside a handler
  }
  if (failed) {
    if (destroy != nullptr) {
      // freeing a job calls back into Python, which must not find an exception there
      const Ref exception = takeException();
      {
        const interpreter::GilRelease release;
        destroy(handle);
      }
      restoreException(exception);
    }
    throw PythonError{};
  }
  Payload& payload = payloadOf(object.get());
  payload.destroy = destroy;
  if (payload.destroy != nullptr) {
    link(payload);
  }
  return object;
}

Ref wrapBorrowed(ClassId id, void* handle) {
  return wrap(id, handle);
}

void* expire(PyObject* object) {
  Payload& payload = payloadOf(object);
  void* handle = payload.handle.exchange(nullptr);
  // the parent's other threads do not exist in a forked child, and never end their uses
  if (payload.users != 0 && !host::isForkedChild()) {
    const interpreter::GilRelease release;
    std::unique_lock<std::mutex> lock(lastUseMutex);
    lastUseEnded.wait(lock, [&] { return payload.users == 0; });
  }
  return handle;
}

void releaseOwned() {
  for (;;) {
    Payload* payload = nullptr;
    {
      std::lock_guard<std::mutex> lock(ownedMutex);
      payload = ownedFirst;
    }
    if (payload == nullptr || !unlink(*payload)) {
      return;
    }
    void* handle = payload->handle.exchange(nullptr);
    if (handle != nullptr && payload->users == 0) {
      payload->destroy(handle);
    }
  }
}

Use::Use(PyObject* object) {
  if (object == nullptr) {
    return;
  }
  payload_ = &payloadOf(object);
  ++payload_->users;
  handle_ = payload_->handle;
  if (handle_ == nullptr) {
    end();
    const Ref type = steal(py::Object_Type(object));
    const Ref name = steal(py::Object_GetAttrString(type.get(), "__name__"));
    raise(builtins.valueError,
          "Invalid object: this orthanc.%U is no longer valid (objects that a callback receives "
          "expire when it returns, all others when Orthanc stops)",
          name.get());
  }
}

Use::~Use() {
  if (payload_ != nullptr) {
    end();
  }
}

// Sequentially consistent, as is expire(): either expire() sees that the handle has no user, or
// this function sees that the handle is gone.
void Use::end() {
  if (--payload_->users == 0 && payload_->handle == nullptr) {
    const std::lock_guard<std::mutex> lock(lastUseMutex);
    lastUseEnded.notify_all();
  }
}

void requireType(const Argument& argument, ClassId id) {
  const Ref type = steal(py::Object_Type(argument.value));
  if (type.get() != typeOf(id)) {
    const std::string expected = std::string("orthanc.") + classOf(id).name;
    argument.refuseType(expected.c_str());
  }
}

}  // namespace orthanc

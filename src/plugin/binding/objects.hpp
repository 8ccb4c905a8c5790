// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Python objects that stand for an object of Orthanc. Each holds one handle.
//
//   owned     made by the script; the handle is freed with the Python object, or when Orthanc stops
//   borrowed  argument of a callback; the handle belongs to Orthanc and expires with the callback
//
// A call announces its use of a handle (Receiver, Object), and expire() waits for all uses:
// Orthanc never frees an object while a script thread works with it. Calls on one handle exclude
// each other: see handle_lock.hpp.
#pragma once

#include <atomic>
#include <mutex>
#include <type_traits>

#include "binding/arguments.hpp"
#include "generated/class_ids.hpp"

namespace orthanc {

// The state of a RestOutput
enum class Response {
  none,
  begun,  // by the script
  lost,   // the client has closed the connection
};

// The data after the (opaque) header of such a Python object
struct Payload {
  std::atomic<void*> handle;
  std::atomic<int> users;
  std::mutex mutex;               // held by the thread whose call works on the handle
  void (*destroy)(void* handle);  // nullptr: borrowed, or nothing to free
  ClassId type;
  std::atomic<Response> response;
  Payload* previous;  // the list of owned objects
  Payload* next;
};

Payload& payloadOf(PyObject* object);

// The types exist once per process, in each generation of the module.
void createTypes();
PyObject* typeOf(ClassId id);

Ref wrapOwned(ClassId id, void* handle);
Ref wrapBorrowed(ClassId id, void* handle);

// Takes the handle from the object and waits, without the GIL, for its users. Returns the handle.
void* expire(PyObject* object);

// Frees the handles of all owned objects; call it before host::close().
void releaseOwned();

// Announces the use of an object's handle.
class Use {
 public:
  explicit Use(PyObject* object);  // raises ValueError if the handle is gone
  Use() = default;
  ~Use();
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;

  std::mutex* mutex() const { return payload_ == nullptr ? nullptr : &payload_->mutex; }

 protected:
  void* handle_ = nullptr;

 private:
  void end();

  Payload* payload_ = nullptr;
};

// `self` of a method
template <class T>
class Receiver : public Use {
 public:
  explicit Receiver(PyObject* self) : Use(self) {}
  operator T*() const { return static_cast<T*>(handle_); }
};

void requireType(const Argument& argument, ClassId id);

// An argument: an instance of the class
template <class T>
class Object : public Use {
 public:
  explicit Object(const Argument& argument) : Use(checked(argument)) {}
  operator T*() const { return static_cast<T*>(handle_); }

 private:
  static PyObject* checked(const Argument& argument) {
    if (argument.isNone()) {
      return nullptr;  // Use(nullptr) uses no handle
    }
    requireType(argument, ClassOf<T>::id);
    return argument.value;
  }
};

// An argument of a callback: expires at the end of the scope. None if Orthanc passes NULL.
class Borrowed {
 public:
  Borrowed(ClassId id, const void* handle)
      : object_(handle == nullptr ? Ref() : wrapBorrowed(id, const_cast<void*>(handle))) {}
  ~Borrowed() {
    if (object_) {
      expire(object_.get());
    }
  }
  Borrowed(const Borrowed&) = delete;
  Borrowed& operator=(const Borrowed&) = delete;
  PyObject* get() const { return object_ ? object_.get() : builtins.none; }

 private:
  Ref object_;
};

}  // namespace orthanc

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Owned references to Python objects. The only header that touches reference counts.
#pragma once

#include <utility>

#include "interpreter/api.hpp"

namespace orthanc {

// "A Python exception is set on this thread": how Python errors travel through C++.
struct PythonError {};

class Ref {
 public:
  Ref() = default;
  Ref(Ref&& other) noexcept : object_(other.release()) {}
  Ref(const Ref&) = delete;
  Ref& operator=(const Ref&) = delete;
  Ref& operator=(Ref&& other) noexcept {
    Ref old(std::exchange(object_, other.release()));
    return *this;
  }
  ~Ref() {
    if (object_ != nullptr) {
      py::DecRef(object_);
    }
  }

  PyObject* get() const { return object_; }
  PyObject* release() { return std::exchange(object_, nullptr); }
  explicit operator bool() const { return object_ != nullptr; }

 private:
  explicit Ref(PyObject* owned) : object_(owned) {}
  friend Ref steal(PyObject*);
  friend Ref stealOrNull(PyObject*);
  friend Ref borrow(PyObject*);

  PyObject* object_ = nullptr;
};

// Takes ownership of a new reference. Throws PythonError for nullptr, the sign of a Python error.
inline Ref steal(PyObject* object) {
  if (object == nullptr) {
    throw PythonError{};
  }
  return Ref(object);
}

// The same for callers that handle nullptr themselves.
inline Ref stealOrNull(PyObject* object) {
  return Ref(object);
}

inline Ref borrow(PyObject* object) {
  if (object != nullptr) {
    py::IncRef(object);
  }
  return Ref(object);
}

// For results that are -1 after a Python error.
inline void succeed(int result) {
  if (result < 0) {
    throw PythonError{};
  }
}

}  // namespace orthanc

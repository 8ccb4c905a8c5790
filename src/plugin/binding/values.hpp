// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Values that C++ passes to the script, and values that the script returns.
#pragma once

#include <cstdint>

#include "binding/wrappers.hpp"

namespace orthanc {

template <class T>
Ref integerObject(T value) {
  return steal(number(value));
}

inline Ref bytesObject(const void* data, std::uint64_t size) {
  return steal(bytes(data, size));
}

inline void setItem(PyObject* dictionary, const char* key, const Ref& value) {
  succeed(py::Dict_SetItemString(dictionary, key, value.get()));
}

inline Ref pairOf(Ref first, Ref second) {
  Ref pair = steal(py::Tuple_New(2));
  succeed(py::Tuple_SetItem(pair.get(), 0, first.release()));
  succeed(py::Tuple_SetItem(pair.get(), 1, second.release()));
  return pair;
}

// Whether it is True or False; an object can pretend to be one (`__class__`), as a mock does.
bool isBoolean(PyObject* object);

// An int that the script has returned.
long long requireInteger(PyObject* object, const char* what);

// The same for a value of an enumeration. A Boolean raises TypeError: False and True would mean
// success, or permission, in some enumerations and failure in others.
long long requireEnumerator(PyObject* object, const char* what);

// Raises TypeError: "`what` must be `expected`, not str".
[[noreturn]] void refuseResult(PyObject* object, const char* what, const char* expected);

}  // namespace orthanc

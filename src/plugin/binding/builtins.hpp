// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Objects of Python's builtins, fetched once: the plugin imports no data symbol of libpython.
#pragma once

#include "binding/ref.hpp"

namespace orthanc {

struct Builtins {
  PyObject* none;
  PyObject* str;
  PyObject* boolean;
  PyObject* floatType;
  PyObject* exec;
  PyObject* compile;
  PyObject* exception;
  PyObject* typeError;
  PyObject* valueError;
  PyObject* overflowError;
  PyObject* runtimeError;
  PyObject* attributeError;
  PyObject* memoryError;
  PyObject* bufferError;
  PyObject* indexError;
  int objectSize;  // object.__basicsize__: 16 bytes, 32 without GIL (on 64-bit machines)
};

extern Builtins builtins;

// Throws PythonError.
void fetchBuiltins();

inline PyObject* none() {
  py::IncRef(builtins.none);
  return builtins.none;
}

}  // namespace orthanc

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The types and numbers of CPython's stable ABI: opaque types, four frozen structures and a few
// frozen numbers. The same from CPython 3.9 on, with and without the GIL. check_stable_abi.cpp
// compares this file with a real Python.h.
#pragma once

#include <cstddef>
#include <cstdint>

struct PyObject;
struct PyTypeObject;
struct PyThreadState;
struct PyInitConfig;
using Py_ssize_t = std::ptrdiff_t;
enum PyGILState_STATE { PyGILState_LOCKED, PyGILState_UNLOCKED };

using PyCFunction = PyObject* (*)(PyObject*, PyObject*);

struct PyMethodDef {
  const char* ml_name;
  PyCFunction ml_meth;
  int ml_flags;
  const char* ml_doc;
};

struct PyType_Slot {
  int slot;
  void* pfunc;
};

struct PyType_Spec {
  const char* name;
  int basicsize;
  int itemsize;
  unsigned int flags;
  PyType_Slot* slots;
};

struct Py_buffer {
  void* buf;
  PyObject* obj;
  Py_ssize_t len;
  Py_ssize_t itemsize;
  int readonly;
  int ndim;
  char* format;
  Py_ssize_t* shape;
  Py_ssize_t* strides;
  Py_ssize_t* suboffsets;
  void* internal;
};

enum : int {
  METH_KEYWORDS = 0x0002,
  METH_FASTCALL = 0x0080,
  PyBUF_SIMPLE = 0,
  PyBUF_WRITABLE = 1,
  PyBUF_FORMAT = 4,
  PyBUF_ND = 8,
  PyBUF_STRIDES = 0x18,
  PyBUF_RECORDS_RO = 0x1C,
  PyBUF_C_CONTIGUOUS = 0x38,
  PyBUF_F_CONTIGUOUS = 0x58,
  PyBUF_ANY_CONTIGUOUS = 0x98,
  Py_bf_getbuffer = 1,
  Py_bf_releasebuffer = 2,
  Py_sq_item = 44,
  Py_sq_length = 45,
  Py_tp_dealloc = 52,
  Py_tp_doc = 56,
  Py_tp_getattro = 58,
  Py_tp_iter = 62,
  Py_tp_iternext = 63,
  Py_tp_methods = 64,
  Py_tp_new = 65,
};

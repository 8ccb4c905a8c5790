// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Every function of CPython that the plugin calls, as py::Object_Call(...) for PyObject_Call(...).
// How the pointers get their values is a build option:
//   ORTHANC_PYTHON_HEADERS=0  no Python.h, resolved at run time: one binary for every CPython
//   ORTHANC_PYTHON_HEADERS=1  type-checked against the Python.h of one interpreter, resolved at run
//   time and ORTHANC_PYTHON_LINKED=1: the same, bound by the linker
#pragma once

// Before Python.h: with Visual Studio, the C++ library must see _DEBUG unchanged.
#include <string>

#if ORTHANC_PYTHON_HEADERS
#define PY_SSIZE_T_CLEAN
#if defined(_MSC_VER) && defined(_DEBUG) && ORTHANC_PYTHON_RELEASE_LIBS
// Python.h takes _DEBUG for "link with the debug build of Python"
#pragma push_macro("_DEBUG")
#undef _DEBUG
#include <Python.h>
#pragma pop_macro("_DEBUG")
#else
#include <Python.h>
#endif
#if PY_VERSION_HEX < 0x030e0000
struct PyInitConfig;
#endif
#else
#include "interpreter/stable_abi.hpp"
#endif

// X(prefix, name, result, parameters): part of every CPython from 3.9 on
#define PYTHON_FUNCTIONS(X)                                                        \
  /* life cycle and threads */                                                     \
  X(Py_, GetVersion, const char*, ())                                              \
  X(Py_, InitializeEx, void, (int))                                                \
  X(Py_, DecodeLocale, wchar_t*, (const char*, size_t*))                           \
  X(Py, Eval_SaveThread, PyThreadState*, ())                                       \
  X(Py, Eval_RestoreThread, void, (PyThreadState*))                                \
  X(Py, Eval_GetBuiltins, PyObject*, ())                                           \
  X(Py, GILState_Ensure, PyGILState_STATE, ())                                     \
  X(Py, GILState_Release, void, (PyGILState_STATE))                                \
  X(Py, GILState_GetThisThreadState, PyThreadState*, ())                           \
  X(Py, ThreadState_Clear, void, (PyThreadState*))                                 \
  X(Py, ThreadState_Delete, void, (PyThreadState*))                                \
  X(Py, ThreadState_SetAsyncExc, int, (unsigned long, PyObject*))                  \
  X(Py, Thread_get_thread_ident, unsigned long, ())                                \
  /* objects and types */                                                          \
  X(Py_, IncRef, void, (PyObject*))                                                \
  X(Py_, DecRef, void, (PyObject*))                                                \
  X(Py, Object_Type, PyObject*, (PyObject*))                                       \
  X(Py, Object_IsTrue, int, (PyObject*))                                           \
  X(Py, Object_IsInstance, int, (PyObject*, PyObject*))                            \
  X(Py, Callable_Check, int, (PyObject*))                                          \
  X(Py, Object_Call, PyObject*, (PyObject*, PyObject*, PyObject*))                 \
  X(Py, Object_CallObject, PyObject*, (PyObject*, PyObject*))                      \
  X(Py, Object_CallFunctionObjArgs, PyObject*, (PyObject*, ...))                   \
  X(Py, Object_GetAttrString, PyObject*, (PyObject*, const char*))                 \
  X(Py, Object_GenericGetAttr, PyObject*, (PyObject*, PyObject*))                  \
  X(Py, Object_SetAttrString, int, (PyObject*, const char*, PyObject*))            \
  X(Py, Object_Free, void, (void*))                                                \
  X(Py, Object_GetIter, PyObject*, (PyObject*))                                    \
  X(Py, Iter_Next, PyObject*, (PyObject*))                                         \
  X(Py, Type_FromSpec, PyObject*, (PyType_Spec*))                                  \
  X(Py, Type_GenericAlloc, PyObject*, (PyTypeObject*, Py_ssize_t))                 \
  /* errors */                                                                     \
  X(Py, Err_SetString, void, (PyObject*, const char*))                             \
  X(Py, Err_SetObject, void, (PyObject*, PyObject*))                               \
  X(Py, Err_Format, PyObject*, (PyObject*, const char*, ...))                      \
  X(Py, Err_Occurred, PyObject*, ())                                               \
  X(Py, Err_Clear, void, ())                                                       \
  X(Py, Err_ExceptionMatches, int, (PyObject*))                                    \
  /* values */                                                                     \
  X(Py, Bool_FromLong, PyObject*, (long))                                          \
  X(Py, Dict_New, PyObject*, ())                                                   \
  X(Py, Dict_SetItem, int, (PyObject*, PyObject*, PyObject*))                      \
  X(Py, Dict_SetItemString, int, (PyObject*, const char*, PyObject*))              \
  X(Py, Dict_GetItemString, PyObject*, (PyObject*, const char*))                   \
  X(Py, Tuple_New, PyObject*, (Py_ssize_t))                                        \
  X(Py, Tuple_SetItem, int, (PyObject*, Py_ssize_t, PyObject*))                    \
  X(Py, Tuple_GetItem, PyObject*, (PyObject*, Py_ssize_t))                         \
  X(Py, Tuple_Size, Py_ssize_t, (PyObject*))                                       \
  X(Py, List_New, PyObject*, (Py_ssize_t))                                         \
  X(Py, List_SetItem, int, (PyObject*, Py_ssize_t, PyObject*))                     \
  X(Py, Unicode_DecodeUTF8, PyObject*, (const char*, Py_ssize_t, const char*))     \
  X(Py, Unicode_InternFromString, PyObject*, (const char*))                        \
  X(Py, Unicode_AsUTF8AndSize, const char*, (PyObject*, Py_ssize_t*))              \
  X(Py, Unicode_AsEncodedString, PyObject*, (PyObject*, const char*, const char*)) \
  X(Py, Unicode_CompareWithASCIIString, int, (PyObject*, const char*))             \
  X(Py, Bytes_FromStringAndSize, PyObject*, (const char*, Py_ssize_t))             \
  X(Py, Bytes_AsStringAndSize, int, (PyObject*, char**, Py_ssize_t*))              \
  X(Py, Number_Index, PyObject*, (PyObject*))                                      \
  X(Py, Long_FromLongLong, PyObject*, (long long))                                 \
  X(Py, Long_FromUnsignedLongLong, PyObject*, (unsigned long long))                \
  X(Py, Long_AsLongLong, long long, (PyObject*))                                   \
  X(Py, Long_AsUnsignedLongLong, unsigned long long, (PyObject*))                  \
  X(Py, Float_FromDouble, PyObject*, (double))                                     \
  X(Py, Float_AsDouble, double, (PyObject*))                                       \
  /* buffers */                                                                    \
  X(Py, Object_CheckBuffer, int, (PyObject*))                                      \
  X(Py, Object_GetBuffer, int, (PyObject*, Py_buffer*, int))                       \
  X(Py, Buffer_Release, void, (Py_buffer*))                                        \
  /* modules */                                                                    \
  X(Py, Module_New, PyObject*, (const char*))                                      \
  X(Py, Module_AddFunctions, int, (PyObject*, PyMethodDef*))                       \
  X(Py, Import_ImportModule, PyObject*, (const char*))                             \
  X(Py, Import_GetModuleDict, PyObject*, ())

// Absent from some versions: test the pointer before the call.
#define PYTHON_FUNCTIONS_DEPRECATED(X)                         \
  X(Py_, SetProgramName, void, (const wchar_t*))               \
  X(Py, Err_Fetch, void, (PyObject**, PyObject**, PyObject**)) \
  X(Py, Err_NormalizeException, void, (PyObject**, PyObject**, PyObject**))
#define PYTHON_FUNCTIONS_SINCE_312(X)          \
  X(Py, Err_GetRaisedException, PyObject*, ()) \
  X(Py, Object_Vectorcall, PyObject*, (PyObject*, PyObject* const*, size_t, PyObject*))
#define PYTHON_FUNCTIONS_SINCE_314(X)                                      \
  X(Py, InitConfig_Create, PyInitConfig*, ())                              \
  X(Py, InitConfig_Free, void, (PyInitConfig*))                            \
  X(Py, InitConfig_SetInt, int, (PyInitConfig*, const char*, int64_t))     \
  X(Py, InitConfig_SetStr, int, (PyInitConfig*, const char*, const char*)) \
  X(Py, InitConfig_GetError, int, (PyInitConfig*, const char**))           \
  X(Py_, InitializeFromInitConfig, int, (PyInitConfig*))
// Some headers lack functions that their library has (3.14.2 added one): never checked, never
// linked.
#define PYTHON_FUNCTIONS_UNSTABLE(X)                     \
  X(Py, Unstable_Module_SetGIL, int, (PyObject*, void*)) \
  X(Py, Unstable_ThreadState_SetStackProtection, int, (PyThreadState*, void*, size_t))

#define PYTHON_FUNCTIONS_OPTIONAL(X) \
  PYTHON_FUNCTIONS_DEPRECATED(X)     \
  PYTHON_FUNCTIONS_SINCE_312(X)      \
  PYTHON_FUNCTIONS_SINCE_314(X)      \
  PYTHON_FUNCTIONS_UNSTABLE(X)

namespace py {

#define PY_POINTER(prefix, name, result, parameters) inline result(*name) parameters = nullptr;
#if ORTHANC_PYTHON_LINKED
#define PY_LINKED(prefix, name, result, parameters) \
  inline result(*const name) parameters = &::prefix##name;
PYTHON_FUNCTIONS(PY_LINKED)
#undef PY_LINKED
#else
PYTHON_FUNCTIONS(PY_POINTER)
#endif
PYTHON_FUNCTIONS_OPTIONAL(PY_POINTER)
#undef PY_POINTER

// Fills in the pointers from a loaded libpython. Returns the names of required functions that it
// lacks, "" if it has all of them.
std::string bind(void* library);

}  // namespace py

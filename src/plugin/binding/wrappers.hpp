// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The building blocks of the generated wrappers.
#pragma once

#include <exception>
#include <new>
#include <type_traits>

#include "binding/arguments.hpp"
#include "binding/bytes.hpp"
#include "binding/module.hpp"
#include "binding/objects.hpp"
#include "binding/sdk_calls.hpp"
#include "binding/tables.hpp"
#include "generated/sdk.hpp"
#include "host/plugin_name.hpp"

namespace orthanc {

// Checks the result of a method of RestOutput that sends a whole response. After the client has
// closed the connection, the script goes on: it may have more to do for this request. For a second
// response, Orthanc reports only "Bad sequence of calls".
inline void checkAnswer(PyObject* output, OrthancPluginErrorCode code) {
  std::atomic<Response>& response = payloadOf(output).response;
  if (code == OrthancPluginErrorCode_NetworkProtocol) {
    response = Response::lost;
  }
  if (response == Response::lost) {
    return;
  }
  if (code == OrthancPluginErrorCode_BadSequenceOfCalls && response == Response::begun) {
    raiseOrthanc(code, "Bad sequence of calls: the request already has a response");
  }
  check(code);
  response = Response::begun;
}

// The same for a part of a response: without a client, a script must not make more parts.
inline void checkAnswerPart(PyObject* output, OrthancPluginErrorCode code) {
  checkAnswer(output, code);
  if (payloadOf(output).response == Response::lost) {
    raiseOrthanc(OrthancPluginErrorCode_NetworkProtocol, "The client has closed the connection");
  }
}

// The boundary between C++ and CPython: no C++ exception crosses it.
template <Wrapper wrapper>
PyObject* guarded(PyObject* self, PyObject* const* values, Py_ssize_t count, PyObject* keywords) {
  try {
    return wrapper(self, values, count, keywords);
  } catch (const PythonError&) {
    return nullptr;
  } catch (...) {
    translateException();
    return nullptr;
  }
}

template <Wrapper wrapper>
PyObject* currentOnly(PyObject* module, PyObject* const* values, Py_ssize_t count,
                      PyObject* keywords) {
  requireCurrent(module);
  return wrapper(module, values, count, keywords);
}

// Calls a function that registers its last argument, a callback, and returns the callback. Without
// that argument, the result is a decorator.
PyObject* registerOrDecorate(Wrapper wrapper, const Signature& signature, PyObject* module,
                             PyObject* const* values, Py_ssize_t count, PyObject* keywords);

template <Wrapper wrapper, const Signature& signature>
PyObject* decorating(PyObject* module, PyObject* const* values, Py_ssize_t count,
                     PyObject* keywords) {
  return registerOrDecorate(wrapper, signature, module, values, count, keywords);
}

// The same for functions of the module
template <Wrapper wrapper>
constexpr Wrapper guardedFunction = &guarded<&currentOnly<wrapper>>;

template <class T>
PyObject* number(T value) {
  if constexpr (std::is_enum_v<T>) {
    return py::Long_FromLongLong(static_cast<int32_t>(value));
  } else if constexpr (std::is_signed_v<T>) {
    return py::Long_FromLongLong(value);
  } else {
    return py::Long_FromUnsignedLongLong(value);
  }
}

// The next value of a Python iterator; null at its end. Throws PythonError.
inline Ref next(const Ref& iterator) {
  Ref value = stealOrNull(py::Iter_Next(iterator.get()));
  if (!value && py::Err_Occurred() != nullptr) {
    throw PythonError{};
  }
  return value;
}

// A buffer that Orthanc allocates
class BytesResult {
 public:
  BytesResult() = default;
  ~BytesResult() { host::release(buffer_.data); }
  BytesResult(const BytesResult&) = delete;
  BytesResult& operator=(const BytesResult&) = delete;
  OrthancPluginMemoryBuffer* out() { return &buffer_; }
  PyObject* release() { return bytes(buffer_.data, buffer_.size); }

 private:
  OrthancPluginMemoryBuffer buffer_{};
};

// A string that Orthanc allocates
class StringResult {
 public:
  StringResult() = default;
  ~StringResult() { host::release(text_); }
  StringResult(const StringResult&) = delete;
  StringResult& operator=(const StringResult&) = delete;
  char** out() { return &text_; }
  PyObject* release() {
    if (text_ == nullptr) {
      raiseOrthanc(OrthancPluginErrorCode_InternalError);
    }
    return text(text_).release();
  }

 private:
  char* text_ = nullptr;
};

// A new object of Orthanc, to be owned by the script
template <class T>
class ObjectResult {
 public:
  T** out() { return &object_; }
  PyObject* release() {
    if (object_ == nullptr) {
      raiseOrthanc(OrthancPluginErrorCode_InternalError);
    }
    return wrapOwned(ClassOf<T>::id, object_).release();
  }

 private:
  T* object_ = nullptr;
};

}  // namespace orthanc

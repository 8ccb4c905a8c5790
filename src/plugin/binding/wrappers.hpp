// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The building blocks of the generated wrappers.
#pragma once

#include <exception>
#include <initializer_list>
#include <new>
#include <string>
#include <type_traits>

#include "binding/arguments.hpp"
#include "binding/handle_lock.hpp"
#include "binding/objects.hpp"
#include "binding/tables.hpp"
#include "generated/sdk.hpp"

namespace orthanc {

class StaticStringResult;

struct Service {
  _OrthancPluginService number;
  const void* parameters;
  StaticStringResult* text = nullptr;  // a result that belongs to a handle: copied at once
  const uint8_t* condition = nullptr;  // points to 0: skip this service and the next ones
};

// Calls services of Orthanc, one after the other until one fails, without the GIL, and while no
// other thread works on the same handles. Raises OrthancException once Orthanc is about to stop,
// and if a C++ exception ends a call.
OrthancPluginErrorCode call(std::initializer_list<Service> services, const Handles& handles = {});

inline OrthancPluginErrorCode call(_OrthancPluginService service, const void* parameters,
                                   const Handles& handles = {},
                                   StaticStringResult* text = nullptr) {
  return call({{service, parameters, text}}, handles);
}

// The same for services that only read their own memory: no lock, no input or output, no call of a
// plugin. Releasing the GIL would cost more than the service, and acquiring it again takes a whole
// switch interval while another thread computes.
OrthancPluginErrorCode callQuick(_OrthancPluginService service, const void* parameters,
                                 const Handles& handles = {}, StaticStringResult* text = nullptr);

// Raises OrthancException if a call of the routes of plugins would never return. call() checks this
// for services whose number implies such a call; for other services, the caller checks it.
void refuseDuringRegistration();

// Checks the result of a method of RestOutput that begins or continues the response. For a second
// response, Orthanc reports only "Bad sequence of calls".
inline void checkAnswer(PyObject* output, OrthancPluginErrorCode code) {
  std::atomic<bool>& answered = payloadOf(output).answered;
  if (code == OrthancPluginErrorCode_BadSequenceOfCalls && answered) {
    raiseOrthanc(code, "Bad sequence of calls: the request already has a response");
  }
  check(code);
  answered = true;
}

// For destructors: the thread that frees has passed the gate already.
inline void callUnchecked(_OrthancPluginService service, const void* parameters) {
  host::invoke(service, parameters);
}

// The name of this plugin in Orthanc
const char* pluginName();

// Functions that a script kept over a reset of Orthanc (POST /tools/reset) refuse to work.
void requireCurrent(PyObject* module);

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

// A copy as bytes, made while no other thread works on the handles; large ones are copied without
// the GIL.
PyObject* bytes(const void* data, std::uint64_t size, const Handles& handles = {});

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

// A string that belongs to Orthanc; None if it is NULL
class StaticStringResult {
 public:
  const char** out() { return &text_; }
  void keep() {
    if (text_ != nullptr) {
      copy_ = text_;
      text_ = copy_.c_str();
    }
  }
  PyObject* release() { return text_ == nullptr ? none() : text(text_).release(); }

 private:
  const char* text_ = nullptr;
  std::string copy_;
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

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Converts the arguments of a Python call to the values that a C function needs. An unsuitable
// argument raises a Python exception that names the function and the parameter.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <type_traits>

#include "binding/builtins.hpp"
#include "binding/errors.hpp"
#include "binding/text.hpp"

namespace orthanc {

struct Signature {
  const char* name;         // "RestApiGet", "Image.DrawText"
  const char* sdkFunction;  // "OrthancPluginRestApiGet"
  const char* const* parameters;
  int count;
  int required;
};

// One argument of a call. `value` is borrowed from the caller; nullptr if it is optional and
// absent.
struct Argument {
  PyObject* value;
  const Signature* signature;
  int index;

  const char* name() const { return signature->parameters[index]; }
  Argument with(PyObject* other) const { return {other, signature, index}; }
  bool given() const { return value != nullptr; }
  bool isNone() const { return value == builtins.none; }
  [[noreturn]] void refuse(PyObject* exception, const char* what) const;
  // "... must be str, not bytes"
  [[noreturn]] void refuseType(const char* expected) const;
};

// With Python.Verbose, each call of the SDK is written to the log.
extern bool logCalls;
void logCall(const Signature& signature);

// Sorts positional and keyword arguments of a vectorcall into `out`.
void bindArguments(const Signature& signature, PyObject* const* values, Py_ssize_t count,
                   PyObject* keywords, PyObject** out);

template <int N>
class Arguments {
 public:
  Arguments(const Signature& signature, PyObject* const* values, Py_ssize_t count,
            PyObject* keywords)
      : signature_(&signature) {
    if (count == N && keywords == nullptr) {
      for (int i = 0; i < N; ++i) {
        values_[i] = values[i];
      }
    } else {
      bindArguments(signature, values, count, keywords, values_);
    }
    if (logCalls) {
      logCall(signature);
    }
  }

  Argument operator[](int index) const { return {values_[index], signature_, index}; }

 private:
  const Signature* signature_;
  PyObject* values_[N];
};

// For functions without parameters
class NoArguments {
 public:
  NoArguments(const Signature& signature, Py_ssize_t count, PyObject* keywords) {
    if (count != 0 || keywords != nullptr) {
      bindArguments(signature, nullptr, count, keywords, nullptr);
    }
    if (logCalls) {
      logCall(signature);
    }
  }
};

// A str without NUL
class Text {
 public:
  explicit Text(const Argument& argument, const char* errors = "surrogateescape");
  operator const char*() const { return utf8_.data(); }

 private:
  Utf8 utf8_;
};

// A str for the log of Orthanc, which accepts valid UTF-8 only
class LogText : public Text {
 public:
  explicit LogText(const Argument& argument) : Text(argument, "backslashreplace") {}
};

// A str, or `absent`. None is absent, too, if that is nullptr.
class OptionalText {
 public:
  explicit OptionalText(const Argument& argument, const char* absent = nullptr) : absent_(absent) {
    if (argument.given() && (absent != nullptr || !argument.isNone())) {
      text_.emplace(argument);
    }
  }
  operator const char*() const { return text_ ? static_cast<const char*>(*text_) : absent_; }

 private:
  const char* absent_;
  std::optional<Text> text_;
};

// bytes or another object with the buffer protocol, a str (in UTF-8), a pydicom.Dataset (a DICOM
// file), or None (no data). The data stay in place, without a copy, while this object lives.
class Buffer {
 public:
  explicit Buffer(const Argument& argument);
  ~Buffer();
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  const void* data() const { return data_; }
  template <class T>
  T* as() const {
    return static_cast<T*>(data_);
  }
  std::size_t bytes() const { return size_; }

  // The size in the type of the SDK's structure
  template <class T>
  T size() const {
    if (size_ > std::numeric_limits<T>::max()) {
      argument_.refuse(
          builtins.overflowError,
          "is larger than 4294967295 bytes, the limit of Orthanc's SDK: send a body in "
          "chunks with RestOutput.Stream() or ChunkedHttpClient()");
    }
    return static_cast<T>(size_);
  }

 private:
  Argument argument_;
  Ref encoded_;
  Utf8 text_;
  Py_buffer view_{};
  bool viewed_ = false;
  const void* data_ = nullptr;
  std::size_t size_ = 0;
};

long long signedInteger(const Argument& argument, long long minimum, long long maximum);
unsigned long long unsignedInteger(const Argument& argument, unsigned long long maximum);

template <class T>
T integer(const Argument& argument) {
  if constexpr (std::is_signed_v<T>) {
    return static_cast<T>(
        signedInteger(argument, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
  } else {
    return static_cast<T>(unsignedInteger(argument, std::numeric_limits<T>::max()));
  }
}

// Accepts any value of the enumeration's width: Orthanc checks it, and may know newer values.
template <class E>
E enumeration(const Argument& argument) {
  return static_cast<E>(integer<int32_t>(argument));
}

template <class T>
T real(const Argument& argument) {
  const double value = py::Float_AsDouble(argument.value);
  if (value == -1.0 && py::Err_Occurred() != nullptr) {
    py::Err_Clear();
    argument.refuseType("float");
  }
  return static_cast<T>(value);
}

// A bool; false if the argument is absent
bool truth(const Argument& argument);

// An HTTP status that Orthanc can send: with other values, Orthanc responds with 400 or not at all.
// Raises OrthancException for those.
std::uint16_t sendableStatus(const Argument& argument);

// The position of an argument on Orthanc's command line: Orthanc itself would crash just behind the
// last one. Raises OrthancException if there is none.
std::uint32_t commandLinePosition(const Argument& argument);

// The longest text to write. 0 is no limit; so is a negative number, as in orthanc-python.
std::uint32_t lengthLimit(const Argument& argument);

// A callable that returns its result; raises an exception for an "async def"
PyObject* callable(const Argument& argument);

// A callable that may be a coroutine function (async def): the result waits for the coroutine. With
// `alone`, only the calling thread makes the coroutine's calls of Orthanc, which holds a lock.
Ref callableOrCoroutine(const Argument& argument, bool alone = false);

// Bytes of an image; 64 bits, because images may exceed 4 GB.
inline std::uint64_t imageBytes(std::uint32_t pitch, std::uint32_t height) {
  return std::uint64_t{pitch} * height;
}

// Raises ValueError if the buffer has fewer bytes than the C function reads.
void requireSize(const Buffer& buffer, std::uint64_t bytes, const Argument& argument);

}  // namespace orthanc

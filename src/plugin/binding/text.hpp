// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Converts all text between Orthanc and Python. Orthanc's strings are bytes from networks, files
// and DICOM peers: UTF-8 as a rule. Other bytes become lone surrogates (PEP 383) and go back as the
// same bytes.
#pragma once

#include <cstddef>
#include <cstring>
#include <string>

#include "binding/ref.hpp"

namespace orthanc {

// From Orthanc to a str. Valid UTF-8 is decoded as fast as without an error handler.
inline Ref text(const char* value, std::size_t size) {
  return steal(py::Unicode_DecodeUTF8(value, static_cast<Py_ssize_t>(size), "surrogateescape"));
}

// nullptr is ""
inline Ref text(const char* value) {
  return value == nullptr ? text("", 0) : text(value, std::strlen(value));
}

// From a str to Orthanc. The bytes live as long as this object and the str, which the caller holds.
class Utf8 {
 public:
  Utf8() = default;
  // Raises UnicodeEncodeError for lone surrogates that stand for no byte.
  explicit Utf8(PyObject* text, const char* errors = "surrogateescape") {
    data_ = py::Unicode_AsUTF8AndSize(text, &size_);
    if (data_ == nullptr) {
      encode(text, errors);
    }
  }

  const char* data() const { return data_; }
  std::size_t size() const { return static_cast<std::size_t>(size_); }
  bool hasNul() const { return std::memchr(data_, 0, size()) != nullptr; }

 private:
  void encode(PyObject* text, const char* errors);

  Ref encoded_;  // only for a str that is not valid Unicode
  const char* data_ = nullptr;
  Py_ssize_t size_ = 0;
};

// The same for a log: escapes characters that are not valid Unicode, and NUL, which would end the
// text. Leaves no exception set.
std::string logText(PyObject* text);

}  // namespace orthanc

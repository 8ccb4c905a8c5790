// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "binding/text.hpp"

namespace orthanc {

void Utf8::encode(PyObject* text, const char* errors) {
  py::Err_Clear();
  encoded_ = steal(py::Unicode_AsEncodedString(text, "utf-8", errors));
  char* bytes = nullptr;
  succeed(py::Bytes_AsStringAndSize(encoded_.get(), &bytes, &size_));
  data_ = bytes;
}

std::string logText(PyObject* text) {
  try {
    const Utf8 words(text, "backslashreplace");
    std::string result(words.data(), words.size());
    for (std::size_t i = result.find('\0'); i != std::string::npos; i = result.find('\0', i)) {
      result.replace(i, 1, "\\x00");
    }
    return result;
  } catch (const PythonError&) {
    py::Err_Clear();
    return {};
  }
}

}  // namespace orthanc

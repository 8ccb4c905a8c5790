// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The one place that maps between Python exceptions, orthanc.OrthancException and the error codes
// of Orthanc's SDK.
#pragma once

#include <string>

#include "binding/ref.hpp"
#include "host/context.hpp"

namespace orthanc {

// Raises OrthancException((code, text)); the text is Orthanc's unless given.
[[noreturn]] void raiseOrthanc(OrthancPluginErrorCode code, const char* text = nullptr);

inline void check(OrthancPluginErrorCode code) {
  if (code != OrthancPluginErrorCode_Success) {
    raiseOrthanc(code);
  }
}

// Raises `type` with a text that is formatted as by PyErr_Format.
template <class... Values>
[[noreturn]] void raise(PyObject* type, const char* format, Values... values) {
  py::Err_Format(type, format, values...);
  throw PythonError{};
}

// Inside `catch (...)`: sets the Python exception for a C++ exception, of the standard library or
// of Orthanc, which the code has called back.
void translateException();

// The exception that is set, as one object; the error indicator is clear afterwards.
Ref takeException();

// Clears the exception that is set, and returns true, if it is an OrthancException with this code.
bool clearOrthancException(OrthancPluginErrorCode code);

// Sets that exception again.
void restoreException(const Ref& exception);

// Takes the Python exception that is set, writes it to Orthanc's log under a headline, and returns
// the code for Orthanc: the code of an OrthancException, otherwise Plugin.
OrthancPluginErrorCode reportException(const std::string& headline);

}  // namespace orthanc

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "binding/errors.hpp"

#include <exception>
#include <limits>
#include <new>
#include <string>

#include "binding/builtins.hpp"
#include "binding/python_runtime.hpp"
#include "binding/text.hpp"

namespace orthanc {

namespace {

OrthancPluginErrorCode codeOf(PyObject* exception) {
  // the Python runtime itself may fail to load
  if (pythonRuntime.orthancException == nullptr ||
      py::Object_IsInstance(exception, pythonRuntime.orthancException) != 1) {
    return OrthancPluginErrorCode_Plugin;
  }
  const Ref arguments = stealOrNull(py::Object_GetAttrString(exception, "args"));
  if (!arguments || py::Tuple_Size(arguments.get()) < 1) {
    return OrthancPluginErrorCode_Plugin;
  }
  const long long code = py::Long_AsLongLong(py::Tuple_GetItem(arguments.get(), 0));
  // Success, or a number that is not an error code, must not turn a failure into a success
  const bool plausible = code >= OrthancPluginErrorCode_InternalError && code != 0 &&
                         code <= std::numeric_limits<int32_t>::max() &&
                         py::Err_Occurred() == nullptr;
  return plausible ? static_cast<OrthancPluginErrorCode>(code) : OrthancPluginErrorCode_Plugin;
}

// The traceback; empty if there is none
Ref format(const Ref& exception, const std::string& headline) {
  const Ref where = stealOrNull(py::Unicode_DecodeUTF8(
      headline.c_str(), static_cast<Py_ssize_t>(headline.size()), "replace"));
  return where ? stealOrNull(py::Object_CallFunctionObjArgs(pythonRuntime.formatException,
                                                            exception.get(), where.get(), nullptr))
               : Ref();
}

}  // namespace

void translateException() {
  try {
    throw;
  } catch (const PythonError&) {
    return;  // the exception is set already
  } catch (const std::bad_alloc&) {
    py::Err_SetString(builtins.memoryError, "not enough memory");
  } catch (const std::exception& error) {  // such as a failure to create a thread
    py::Err_SetString(builtins.runtimeError, error.what());
  } catch (...) {
    py::Err_SetString(builtins.runtimeError, "C++ exception of an unknown type");
  }
}

Ref takeException() {
  if (py::Err_GetRaisedException != nullptr) {
    return stealOrNull(py::Err_GetRaisedException());
  }
  PyObject *type = nullptr, *value = nullptr, *trace = nullptr;
  py::Err_Fetch(&type, &value, &trace);
  py::Err_NormalizeException(&type, &value, &trace);
  const Ref ownedType = stealOrNull(type);
  const Ref ownedTrace = stealOrNull(trace);
  Ref exception = stealOrNull(value);
  if (exception && ownedTrace) {
    py::Object_SetAttrString(exception.get(), "__traceback__", trace);
  }
  return exception;
}

void restoreException(const Ref& exception) {
  const Ref type = steal(py::Object_Type(exception.get()));
  py::Err_SetObject(type.get(), exception.get());
}

bool clearOrthancException(OrthancPluginErrorCode code) {
  const Ref exception = takeException();
  const bool same = exception && codeOf(exception.get()) == code;
  if (exception && !same) {
    restoreException(exception);
  }
  return same;
}

void raiseOrthanc(OrthancPluginErrorCode code, const char* text) {
  const Ref arguments = steal(py::Tuple_New(2));
  succeed(py::Tuple_SetItem(arguments.get(), 0,
                            steal(py::Long_FromLongLong(static_cast<int32_t>(code))).release()));
  succeed(py::Tuple_SetItem(
      arguments.get(), 1, orthanc::text(text != nullptr ? text : host::describe(code)).release()));
  py::Err_SetObject(pythonRuntime.orthancException, arguments.get());
  throw PythonError{};
}

OrthancPluginErrorCode reportException(const std::string& headline) {
  const Ref exception = takeException();
  if (!exception) {
    host::logError(headline + ": unknown error");
    return OrthancPluginErrorCode_Plugin;
  }
  const OrthancPluginErrorCode code = codeOf(exception.get());
  py::Err_Clear();
  const Ref text = format(exception, headline);
  std::string trace = text ? logText(text.get()) : "(the traceback cannot be formatted)";
  py::Err_Clear();
  host::logError(headline + ", traceback:\n" + trace);
  return code;
}

}  // namespace orthanc

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "module/native.hpp"

#include <cstdint>
#include <string>

#include "interpreter/threads.hpp"
#include "module/wrappers.hpp"

namespace orthanc {

namespace {

// In UTF-8 and without NUL, both of which Orthanc's log requires; what does not fit is escaped.
std::string printable(PyObject* text) {
  const Ref bytes = steal(py::Unicode_AsEncodedString(text, "utf-8", "backslashreplace"));
  char* data = nullptr;
  Py_ssize_t size = 0;
  succeed(py::Bytes_AsStringAndSize(bytes.get(), &data, &size));
  std::string result(data, static_cast<std::size_t>(size));
  for (std::size_t i = result.find('\0'); i != std::string::npos; i = result.find('\0', i)) {
    result.replace(i, 1, "\\x00");
  }
  return result;
}

constexpr const char* logParameters[] = {"level", "file", "line", "text"};
constexpr Signature logSignature{"log", "", logParameters, 4, 4};

// log(level, file, line, text) -> bool: false if there is no Orthanc to log
PyObject* log(PyObject*, PyObject* const* values, Py_ssize_t count, PyObject* keywords) {
  PyObject* arguments[4];
  bindArguments(logSignature, values, count, keywords, arguments);
  const auto level = static_cast<host::LogLevel>(
      signedInteger({arguments[0], &logSignature, 0}, 0, static_cast<int>(host::LogLevel::trace)));
  const host::SourceLine source{printable(arguments[1]),
                                integer<std::uint32_t>({arguments[2], &logSignature, 2})};
  const std::string text = printable(arguments[3]);
  bool logged = false;
  {
    const interpreter::NoGil nogil;
    logged = host::log(level, source, text);
  }
  return py::Bool_FromLong(logged ? 1 : 0);
}

constexpr const char* nameParameters[] = {"name"};
constexpr Signature nameSignature{"instead_of", "", nameParameters, 1, 1};

// instead_of(name) -> str: what takes the place of a function of the SDK, "" if there is no such
PyObject* insteadOf(PyObject*, PyObject* const* values, Py_ssize_t count, PyObject* keywords) {
  const Arguments<1> arguments(nameSignature, values, count, keywords);
  const std::string name = printable(arguments[0].value);
  for (std::size_t i = 0; i < sdkNameCount; ++i) {
    if (name == sdkNames[i].name) {
      return py::Unicode_FromString(sdkNames[i].python);
    }
  }
  return py::Unicode_FromString("");
}

PyMethodDef* definitions() {
  static PyMethodDef table[3];
  table[0] = definitionOf({"log", &guarded<&log>, "Write a message to Orthanc's log.", {}});
  table[1] = definitionOf(
      {"instead_of", &guarded<&insteadOf>, "Say what takes the place of a function.", {}});
  return table;
}

}  // namespace

void addNativeModule() {
  constexpr const char* name = "orthanc_layer.native";
  const Ref module = steal(py::Module_New(name));
  succeed(py::Module_AddFunctions(module.get(), definitions()));
  succeed(py::Dict_SetItemString(py::Import_GetModuleDict(), name, module.get()));
}

}  // namespace orthanc

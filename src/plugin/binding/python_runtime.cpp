// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "binding/python_runtime.hpp"

#include <string>

#include "binding/builtins.hpp"
#include "binding/text.hpp"
#include "host/context.hpp"
#include "interpreter/stack.hpp"

namespace orthanc {

PythonRuntime pythonRuntime;

namespace {

Ref attributeOf(const Ref& owner, const char* name) {
  return steal(py::Object_GetAttrString(owner.get(), name));
}

Ref import(const std::string& module) {
  return steal(py::Import_ImportModule(("orthanc_runtime." + module).c_str()));
}

Ref sources() {
  Ref result = steal(py::Dict_New());
  for (std::size_t i = 0; i < runtimeSourceCount; ++i) {
    const RuntimeSource& source = runtimeSources[i];
    const Ref content = text(source.text, source.size);
    succeed(py::Dict_SetItemString(result.get(), source.name, content.get()));
  }
  return result;
}

// Creates the package, which then imports the other modules.
Ref createPackage(const Ref& sources) {
  constexpr const char* kName = "orthanc_runtime";
  Ref package = steal(py::Module_New(kName));
  const Ref path = steal(py::List_New(0));
  succeed(py::Object_SetAttrString(package.get(), "__path__", path.get()));
  succeed(py::Dict_SetItemString(py::Import_GetModuleDict(), kName, package.get()));
  const Ref file = text("<orthanc_runtime>");
  const Ref mode = text("exec");
  PyObject* source = py::Dict_GetItemString(sources.get(), kName);
  const Ref code = steal(
      py::Object_CallFunctionObjArgs(builtins.compile, source, file.get(), mode.get(), nullptr));
  const Ref globals = attributeOf(package, "__dict__");
  steal(py::Object_CallFunctionObjArgs(builtins.exec, code.get(), globals.get(), nullptr));
  return package;
}

}  // namespace

PyObject* Lazy::get() {
  PyObject* value = value_;
  if (value == nullptr) {
    Ref found = attributeOf(import(module_), name_);
    if (value_.compare_exchange_strong(value, found.get())) {
      value = found.release();
    }
  }
  return value;
}

void loadPythonRuntime() {
  const Ref texts = sources();
  const Ref install = attributeOf(createPackage(texts), "install");
  steal(py::Object_CallFunctionObjArgs(install.get(), texts.get(), nullptr));
  const Ref errors = import("errors");
  pythonRuntime.orthancException = attributeOf(errors, "OrthancException").release();
  pythonRuntime.orthancStopping = attributeOf(errors, "OrthancStopping").release();
  pythonRuntime.formatException = attributeOf(import("tracebacks"), "format_exception").release();
  if (interpreter::LargeStack::isDisabled()) {
    // the compiler of such a Python needs more stack than Orthanc's threads have
    for (std::size_t i = 0; i < runtimeSourceCount; ++i) {
      steal(py::Import_ImportModule(runtimeSources[i].name));
    }
  }
}

void logWarnings(PyObject* list) {
  const Ref separator = text("\n");
  const Ref join = attributeOf(separator, "join");
  const Ref joined = steal(py::Object_CallFunctionObjArgs(join.get(), list, nullptr));
  const std::string lines = logText(joined.get());
  if (!lines.empty()) {
    host::logWarning(lines);
  }
}

}  // namespace orthanc

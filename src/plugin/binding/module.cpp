// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "binding/module.hpp"

#include <atomic>
#include <string>
#include <vector>

#include "binding/native.hpp"
#include "binding/python_runtime.hpp"
#include "binding/wrappers.hpp"

namespace orthanc {

namespace {

std::atomic<PyObject*> current{nullptr};

// CPython keeps pointers to the definitions: they live as long as the process.
PyMethodDef* functionDefinitions() {
  static std::vector<PyMethodDef>* definitions = [] {
    auto* result = new std::vector<PyMethodDef>;
    for (std::size_t i = 0; i < functionCount; ++i) {
      if (available(functions[i])) {
        result->push_back(definitionOf(functions[i]));
      }
    }
    result->push_back({});
    return result;
  }();
  return definitions->data();
}

struct Named {
  const char* name;
  Ref value;
};

std::vector<Named>& enumerationTypes() {
  static auto* types = new std::vector<Named>;
  return *types;
}

// Adds {name: release of Orthanc} for each entry that the running Orthanc lacks.
template <class Entry>
void addMissing(PyObject* missing, const Entry* entries, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    if (!available(entries[i])) {
      const Ref since = text(toHost(entries[i].since).text().c_str());
      succeed(py::Dict_SetItemString(missing, entries[i].name, since.get()));
    }
  }
}

Ref versionText() {
  return text(host::version().text().c_str());
}

Ref createEnumeration(const Enumeration& enumeration) {
  const Ref members = steal(py::Dict_New());
  for (std::size_t i = 0; i < enumeration.memberCount; ++i) {
    const Member& member = enumeration.members[i];
    if (available(member)) {
      const Ref value = steal(py::Long_FromLongLong(member.value));
      succeed(py::Dict_SetItemString(members.get(), member.name, value.get()));
    }
  }
  const Ref name = text(enumeration.name);
  const Ref documentation = text(enumeration.documentation);
  const Ref missing = steal(py::Dict_New());
  addMissing(missing.get(), enumeration.members, enumeration.memberCount);
  return steal(py::Object_CallFunctionObjArgs(pythonRuntime.createEnumeration.get(), name.get(),
                                              documentation.get(), members.get(), missing.get(),
                                              versionText().get(), nullptr));
}

void setAttribute(PyObject* module, const char* name, PyObject* value) {
  succeed(py::Object_SetAttrString(module, name, value));
}

Ref missingNames() {
  Ref missing = steal(py::Dict_New());
  addMissing(missing.get(), functions, functionCount);
  addMissing(missing.get(), classes, classCount);
  addMissing(missing.get(), enumerations, enumerationCount);
  return missing;
}

}  // namespace

void requireCurrent(PyObject* module) {
  if (module != current) {
    raiseOrthanc(OrthancPluginErrorCode_BadSequenceOfCalls,
                 "This function is from before a reset of Orthanc: import orthanc again");
  }
}

void prepareModule() {
  fetchBuiltins();
  addNativeModule();
  loadPythonRuntime();
  createTypes();
  for (std::size_t i = 0; i < enumerationCount; ++i) {
    if (available(enumerations[i])) {
      enumerationTypes().push_back({enumerations[i].name, createEnumeration(enumerations[i])});
    }
  }
}

void addModule() {
  Ref module = steal(py::Module_New("orthanc"));
  succeed(py::Module_AddFunctions(module.get(), functionDefinitions()));
  if (py::Unstable_Module_SetGIL != nullptr) {
    void* const notUsed = reinterpret_cast<void*>(1);  // Py_MOD_GIL_NOT_USED
    succeed(py::Unstable_Module_SetGIL(module.get(), notUsed));
  }
  setAttribute(module.get(), "OrthancException", pythonRuntime.orthancException);
  for (std::size_t i = 0; i < classCount; ++i) {
    if (available(classes[i])) {
      setAttribute(module.get(), classes[i].name, typeOf(classes[i].id));
    }
  }
  for (const Named& type : enumerationTypes()) {
    setAttribute(module.get(), type.name, type.value.get());
  }
  steal(py::Object_CallFunctionObjArgs(pythonRuntime.createModule.get(), module.get(),
                                       missingNames().get(), versionText().get(), nullptr));
  succeed(py::Dict_SetItemString(py::Import_GetModuleDict(), "orthanc", module.get()));
  current = module.release();
}

void removeModule() {
  stealOrNull(current.exchange(nullptr));
}

}  // namespace orthanc

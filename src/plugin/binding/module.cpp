// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "binding/module.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <string>
#include <vector>

#include "binding/native.hpp"
#include "binding/python_runtime.hpp"
#include "binding/wrappers.hpp"
#include "host/deferred_routes.hpp"
#include "interpreter/threads.hpp"

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

const Class& classOf(ClassId id) {
  for (std::size_t i = 0; i < classCount; ++i) {
    if (classes[i].id == id) {
      return classes[i];
    }
  }
  std::abort();  // unreachable: the generated table has a row for each ClassId
}

PyMethodDef definitionOf(const Function& function) {
  PyMethodDef definition{};
  definition.ml_name = function.name;
  definition.ml_meth =
      reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(function.wrapper));
  definition.ml_flags = METH_FASTCALL | METH_KEYWORDS;
  definition.ml_doc = function.documentation;
  return definition;
}

unsigned long defaultTypeFlags() {
  // Bit 18 means "has a version tag" up to 3.9 and is unused afterwards
  return 1UL << 18;
}

void requireCurrent(PyObject* module) {
  if (module != current) {
    raiseOrthanc(OrthancPluginErrorCode_BadSequenceOfCalls,
                 "This function is from before a reset of Orthanc: import orthanc again");
  }
}

void refuseDuringRegistration() {
  if (deferred_routes::mustNotReenter()) {
    raiseOrthanc(OrthancPluginErrorCode_BadSequenceOfCalls,
                 "A REST route is being registered at this moment: please try again");
  }
}

namespace {

bool isLogging(_OrthancPluginService service) {
  return service == _OrthancPluginService_LogInfo || service == _OrthancPluginService_LogWarning ||
         service == _OrthancPluginService_LogError || service == _OrthancPluginService_LogMessage;
}

[[noreturn]] void refuse() {
  raiseOrthanc(OrthancPluginErrorCode_BadSequenceOfCalls,
               host::isForkedChild() ? "This is a forked child of Orthanc's process"
                                     : "Orthanc is stopping");
}

// A call guard that raises OrthancException if the gate is closed for the service.
struct RequiredCallGuard : host::CallGuard {
  explicit RequiredCallGuard(_OrthancPluginService service) {
    if (!*this || !host::isAvailable(service)) {
      refuse();
    }
  }
};

// The result of a call of Orthanc. code() raises a C++ exception of the call, with the GIL held.
class Outcome {
 public:
  bool invoke(const Service& service) {
    code_ = host::invoke(service.number, service.parameters, exception_);
    number_ = service.number;
    if (service.text != nullptr) {
      service.text->keep();
    }
    return code_ == OrthancPluginErrorCode_Success;
  }

  OrthancPluginErrorCode code() const {
    if (!exception_.empty()) {
      const std::string text = std::string(sdkFunctionOf(number_)) +
                               "() has ended with a C++ exception in Orthanc: " + exception_;
      raiseOrthanc(code_, text.c_str());
    }
    return code_;
  }

 private:
  _OrthancPluginService number_{};
  OrthancPluginErrorCode code_ = OrthancPluginErrorCode_Success;
  std::string exception_;
};

bool isAfterPlugins(const Service& service) {
  return service.number >= _OrthancPluginService_RestApiGetAfterPlugins &&
         service.number <= _OrthancPluginService_RestApiPutAfterPlugins;
}

// Past the gate: destructors and finalizers may log until host::close().
OrthancPluginErrorCode log(_OrthancPluginService service, const void* parameters) {
  if (!host::invokeLog(service, parameters)) {
    refuse();
  }
  return OrthancPluginErrorCode_Success;
}

}  // namespace

OrthancPluginErrorCode callQuick(_OrthancPluginService service, const void* parameters,
                                 const Handles& handles, StaticStringResult* text) {
  if (isLogging(service)) {
    return log(service, parameters);
  }
  const RequiredCallGuard guard(service);
  Outcome outcome;
  runQuickly(handles, [&] { outcome.invoke({service, parameters, text}); });
  return outcome.code();
}

OrthancPluginErrorCode call(std::initializer_list<Service> services, const Handles& handles) {
  if (const Service& first = *services.begin(); isLogging(first.number)) {
    const interpreter::GilRelease release;
    return log(first.number, first.parameters);
  }
  const RequiredCallGuard guard(services.begin()->number);
  if (std::any_of(services.begin(), services.end(), isAfterPlugins)) {
    refuseDuringRegistration();
  }
  Outcome outcome;
  {
    const interpreter::GilRelease release;
    const HandleLock lock(handles);
    for (const Service& service : services) {
      const bool wanted = service.condition == nullptr || *service.condition != 0;
      if (!wanted || !outcome.invoke(service)) {
        break;
      }
    }
  }
  return outcome.code();
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

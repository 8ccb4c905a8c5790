// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "plugin.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "binding/module.hpp"
#include "binding/python_runtime.hpp"
#include "callbacks/builtin_metrics.hpp"
#include "callbacks/callback.hpp"
#include "callbacks/collected_body.hpp"
#include "callbacks/instances.hpp"
#include "callbacks/rest.hpp"
#include "callbacks/routes.hpp"
#include "callbacks/shutdown.hpp"
#include "callbacks/status_page.hpp"
#include "callbacks/watchdog.hpp"
#include "discovery/discovery.hpp"
#include "host/context.hpp"
#include "host/deferred_routes.hpp"
#include "host/duplicate_plugins.hpp"
#include "host/fork.hpp"
#include "host/plugin_name.hpp"
#include "host/settings.hpp"
#include "host/signals.hpp"
#include "interpreter/active_calls.hpp"
#include "interpreter/runtime.hpp"
#include "interpreter/threads.hpp"
#include "platform/shared_library.hpp"

namespace orthanc {

namespace {

host::Settings settings;
std::string loadedDuplicate;  // the path of another plugin with this name

constexpr const char* kKeepOnePlugin =
    "Keep one of them in the folders and files that the option Plugins names (Debian's plugin: "
    "apt-get remove orthanc-python), then start Orthanc again.";

// Orthanc refuses the second one without a word about the files.
bool refuseDuplicate() {
  if (!loadedDuplicate.empty()) {
    host::logError("Orthanc has already loaded another plugin named \"" +
                   std::string(host::kPluginName) + "\", " + loadedDuplicate + ", and cannot run " +
                   platform::ownLibraryPath() + " beside it. " + kKeepOnePlugin);
  }
  return !loadedDuplicate.empty();
}

void warnOfDuplicates() {
  const std::vector<std::string> found = host::pythonPlugins(settings.plugins);
  if (found.size() < 2) {
    return;
  }
  std::string list;
  for (const std::string& path : found) {
    list += (list.empty() ? "" : ", ") + path;
  }
  host::logWarning("Orthanc starts with one plugin named \"" + std::string(host::kPluginName) +
                   "\" at most, and Plugins leads to: " + list + ". " + kKeepOnePlugin);
}

void describePlugin() {
  _OrthancPluginSetPluginProperty parameters{};
  parameters.plugin = host::kPluginName;
  parameters.property = _OrthancPluginProperty_Description;
  parameters.value = "Run Python scripts as Orthanc plugins";
  host::invoke(_OrthancPluginService_SetPluginProperty, &parameters);
}

// Runs body with the GIL held; logs a Python error and returns false.
template <class Body>
bool inPython(const char* headline, Body&& body) {
  return runCallback(headline, body) == OrthancPluginErrorCode_Success;
}

void logSearch(const discovery::Search& search) {
  for (const discovery::Rejection& rejected : search.rejected) {
    host::logWarning("Python candidate passed over: " + rejected.source + ": " + rejected.path +
                     ": " + rejected.reason);
  }
}

discovery::Python findPython() {
  discovery::Options options;
  options.executable = settings.executable;
  options.virtualEnv = settings.virtualEnv;
  options.library = settings.library;
  options.pluginPath = platform::ownLibraryPath();
  options.wanted = interpreter::wanted();
  const discovery::Search search = discovery::discover(options);
  logSearch(search);
  if (!search.found) {
    throw interpreter::StartError(discovery::report(search, options));
  }
  host::logInfo("Python found by: " + search.source);
  return *search.found;
}

bool startPython() {
  if (interpreter::isStarted()) {
    return true;
  }
  interpreter::start(findPython(), settings.verbose);
  return inPython("Error while preparing Python", [] {
    prepareModule();
    internRestNames();
  });
}

// Prepares the interpreter at each start of Orthanc, including the first one.
bool prepareRun() {
  return inPython("Error while preparing Python", [] {
    const discovery::Python& python = interpreter::running();
    const Ref executable = text(python.executable.c_str());
    const Ref base = text(python.baseExecutable.c_str());
    const Ref prefix = text(python.prefix.c_str());
    logWarnings(steal(py::Object_CallFunctionObjArgs(pythonRuntime.start.get(), executable.get(),
                                                     base.get(), prefix.get(), nullptr))
                    .get());
    const bool file = settings.output == "auto" && host::logsToFile();
    const Ref output = text(file ? "both" : settings.output.c_str());
    steal(py::Object_CallFunctionObjArgs(pythonRuntime.connectLog.get(), output.get(), nullptr));
    addModule();
    if (settings.displayMemoryUsage) {
      steal(py::Object_CallObject(pythonRuntime.showMemoryUsage.get(), nullptr));
    }
  });
}

std::string fileName(const std::string& path) {
  return path.substr(path.find_last_of("/\\") + 1);
}

void logScript(const std::string& path) {
  host::logWarning("Using Python script \"" + fileName(path) + "\": " + path);
}

// Whether the script cannot run; the log says why
bool isRefused(Lazy& check, PyObject* path) {
  const Ref reason = steal(py::Object_CallFunctionObjArgs(check.get(), path, nullptr));
  if (reason.get() == builtins.none) {
    return false;
  }
  host::logError(logText(reason.get()));
  return true;
}

bool loadScript() {
  if (settings.script.empty() && !settings.scripts.empty()) {
    return true;
  }
  logScript(settings.script);
  bool refused = false;
  const bool loaded = inPython("Error during the installation of the Python script", [&] {
    const Ref path = text(settings.script.c_str());
    refused = isRefused(pythonRuntime.refuseScript, path.get());
    if (!refused) {
      steal(py::Object_CallFunctionObjArgs(pythonRuntime.loadScript.get(), path.get(), nullptr));
    }
  });
  return loaded && !refused;
}

bool prepareScripts(const std::string& entry, std::vector<std::string>& files) {
  bool refused = false;
  const bool listed = inPython("Error while preparing the Python scripts", [&] {
    const Ref path = text(entry.c_str());
    refused = isRefused(pythonRuntime.refuseScripts, path.get());
    if (refused) {
      return;
    }
    const Ref list = steal(
        py::Object_CallFunctionObjArgs(pythonRuntime.prepareScripts.get(), path.get(), nullptr));
    const Ref iterator = steal(py::Object_GetIter(list.get()));
    while (const Ref file = next(iterator)) {
      files.emplace_back(Utf8(file.get()).data());
    }
  });
  return listed && !refused;
}

// Imports scripts, in their order, until one fails.
bool loadScripts(const std::vector<std::string>& files) {
  return std::all_of(files.begin(), files.end(), [](const std::string& file) {
    logScript(file);
    const std::string headline = "Error during the installation of the Python script " + file;
    return inPython(headline.c_str(), [&] {
      const Ref path = text(file.c_str());
      steal(py::Object_CallFunctionObjArgs(pythonRuntime.loadScripts.get(), path.get(), nullptr));
    });
  });
}

// Imports all scripts; false if one of them cannot be imported.
bool importScripts() {
  std::vector<std::string> files;
  const bool prepared =
      std::all_of(settings.scripts.begin(), settings.scripts.end(),
                  [&](const std::string& entry) { return prepareScripts(entry, files); });
  return prepared && loadScript() && loadScripts(files);
}

void logPython() {
  const discovery::Python& python = interpreter::running();
  host::logWarning("Python " + python.version + (python.freeThreaded ? " (free-threaded)" : "") +
                   (python.debug ? " (debug)" : "") + ", interpreter: " + python.executable);
  host::logInfo("Python library: " + python.library);
  host::logInfo("Python prefix: " + python.prefix);
}

}  // namespace

const char* registeredName() {
  // Orthanc refuses a name that it knows before it calls initialize(), which can log the reason.
  static bool searched = false;
  if (!searched) {
    searched = true;  // before the search: another copy of this library asks for the name in turn
    loadedDuplicate = host::loadedDuplicate(host::kPluginName);
  }
  return loadedDuplicate.empty() ? host::kPluginName : "python (second library)";
}

bool initialize() {
  if (refuseDuplicate()) {
    return false;
  }
  host::logWarning("Python plugin is initializing");
  host::logWarning("Version of the Orthanc SDK in use by the Python plugin: " ORTHANC_SDK_VERSION);
  describePlugin();
  settings = host::parseSettings(host::readConfiguration());
  for (const std::string& warning : settings.warnings) {
    host::logWarning(warning);
  }
  warnOfDuplicates();
  if (!settings.scriptGiven) {
    host::logWarning(
        "Options \"PythonScript\" and \"Python.Path\" are not provided: Python scripting is "
        "disabled");
    return true;
  }
  host::leaveOrthancInForkedChildren();  // a module that Python imports at its start may fork
  host::signals::defer();
  logCalls = settings.verbose;
  limitCollectedBodies(settings.maximumBodyMegabytes);
  refuseInstanceOnException(settings.refuseInstanceOnException);
  interpreter::releaseEndingThreads(true);
  if (!startPython()) {
    return false;
  }
  logPython();
  host::setCallbackPredicate(interpreter::inAwaitedCall);
  shutdown::prepare(settings.stopTimeout);
  watchdog::start(settings.watchdog);
  metrics::start(settings.metrics);
  if (!prepareRun()) {
    return false;
  }
  const bool imported = importScripts();
  host::signals::defer();  // only now: signals interrupt the import, see signals.py
  if (!imported) {
    finalize();
    return false;
  }
  collectBodies();
  logRoutes();
  status_page::start(settings);
  deferred_routes::beginServing();
  return true;
}

void finalize() {
  host::logWarning("Python plugin is finalizing");
  shutdown::finish();
}

}  // namespace orthanc

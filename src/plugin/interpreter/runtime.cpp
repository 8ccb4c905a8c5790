// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "interpreter/runtime.hpp"

#include <clocale>
#include <cstdlib>
#include <cstring>

#include "interpreter/api.hpp"
#include "interpreter/ignored_signals.hpp"
#include "interpreter/program_name.hpp"
#include "interpreter/threads.hpp"
#include "platform/shared_library.hpp"

namespace interpreter {

namespace {

bool started = false;
discovery::Python current;

// Major and minor version at the start of "3.13.5 (main, ...)"
std::string majorMinor(const std::string& version) {
  const std::size_t first = version.find('.');
  return version.substr(0, version.find_first_not_of("0123456789", first + 1));
}

void* load(const discovery::Python& python) {
#if ORTHANC_PYTHON_LINKED
  void* library = platform::openLibraryOf(reinterpret_cast<const void*>(py::GetVersion));
  if (library == nullptr) {
    throw StartError("The Python library that this plugin is linked to cannot be made global");
  }
#else
  std::string error;
  void* library = platform::openLibrary(python.library, error);
  if (library == nullptr) {
    throw StartError("Cannot load the Python library " + python.library + ": " + error);
  }
#endif
  // Before any other call: Py_GetVersion needs no initialization, and a library of another version
  // would fail silently.
  void* getVersion = platform::symbol(library, "Py_GetVersion");
  if (getVersion == nullptr) {
    throw StartError("This is not a Python library (it lacks Py_GetVersion): " + python.library);
  }
  const std::string found = reinterpret_cast<const char* (*)()>(getVersion)();
  if (majorMinor(found) != majorMinor(python.version)) {
    throw StartError("The Python library " + python.library + " is version " + majorMinor(found) +
                     ", but the interpreter " + python.executable + " is version " +
                     python.version);
  }
  const std::string missing = py::bind(library);
  if (!missing.empty()) {
    throw StartError("The Python library " + python.library + " lacks functions: " + missing);
  }
  return library;
}

// Whether the environment sets no locale, or one that is not installed: CPython would then encode
// in ASCII. The program python switches to UTF-8 itself, an embedded Python does not. Like an
// embedded CPython, this lets the environment choose the character set of the process.
bool plainLocale() {
#ifdef _WIN32
  return false;  // the code page does not depend on the locale of C
#else
  const char* name = std::setlocale(LC_CTYPE, "");
  return std::getenv("PYTHONUTF8") == nullptr &&
         (name == nullptr || std::strcmp(name, "C") == 0 || std::strcmp(name, "POSIX") == 0);
#endif
}

// 3.14+: the opaque configuration, isolated by default
void initializeWithConfiguration(const std::string& executable, bool verbose) {
  PyInitConfig* config = py::InitConfig_Create();
  if (config == nullptr) {
    throw StartError("Not enough memory to start Python");
  }
  const bool good = py::InitConfig_SetInt(config, "isolated", 0) == 0 &&
                    py::InitConfig_SetInt(config, "use_environment", 1) == 0 &&
                    py::InitConfig_SetInt(config, "user_site_directory", 1) == 0 &&
                    py::InitConfig_SetInt(config, "install_signal_handlers", 0) == 0 &&
                    py::InitConfig_SetInt(config, "verbose", verbose ? 1 : 0) == 0 &&
                    (!plainLocale() || py::InitConfig_SetInt(config, "utf8_mode", 1) == 0) &&
                    py::InitConfig_SetStr(config, "program_name", executable.c_str()) == 0 &&
                    py::InitializeFromInitConfig(config) == 0;
  std::string error;
  if (!good) {
    const char* text = nullptr;
    py::InitConfig_GetError(config, &text);
    error = text != nullptr ? text : "unknown error";
  }
  py::InitConfig_Free(config);
  if (!good) {
    throw StartError("Python does not start: " + error);
  }
}

// Before 3.14 the layout of PyConfig differs in each version. The program's name suffices.
void initializeByName(void* library, const discovery::Python& python, bool verbose) {
  if (py::SetProgramName == nullptr) {
    throw StartError("This version of Python offers no way known to this plugin to start it");
  }
  if (void* flag = platform::symbol(library, "Py_VerboseFlag"); flag != nullptr && verbose) {
    *static_cast<int*>(flag) = 1;
  }
  if (void* flag = platform::symbol(library, "Py_UTF8Mode"); flag != nullptr && plainLocale()) {
    *static_cast<int*>(flag) = 1;
  }
  const ProgramName name(python.executable, python.minor);
  py::InitializeEx(0);
}

}  // namespace

bool isStarted() {
  return started;
}

void start(const discovery::Python& python, bool verbose) {
  void* library = load(python);
  platform::keepOwnLibraryLoaded();
  ignoreSignalsLikePython();
  if (py::InitConfig_Create != nullptr && py::InitializeFromInitConfig != nullptr) {
    initializeWithConfiguration(python.executable, verbose);
  } else {
    initializeByName(library, python, verbose);
  }
  setUpThreads();
  current = python;
  started = true;
  py::Eval_SaveThread();
}

const discovery::Python& running() {
  return current;
}

discovery::Abi wanted() {
  discovery::Abi result;
#if ORTHANC_PYTHON_HEADERS
  result.minor = PY_MINOR_VERSION;
#ifdef Py_GIL_DISABLED
  result.freeThreaded = true;
#endif
#ifdef Py_DEBUG
  result.debug = true;
#endif
#endif
  return result;
}

}  // namespace interpreter

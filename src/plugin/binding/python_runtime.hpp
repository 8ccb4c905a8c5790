// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The part of the plugin that is written in Python (src/orthanc_runtime), embedded in this library.
#pragma once

#include <atomic>
#include <cstddef>

#include "binding/ref.hpp"

namespace orthanc {

// A function or class of the Python runtime, which is imported when it is first used.
class Lazy {
 public:
  constexpr Lazy(const char* module, const char* name) : module_(module), name_(name) {}
  PyObject* get();  // borrowed from this object, which lives as long as the process

 private:
  const char* module_;
  const char* name_;
  std::atomic<PyObject*> value_{nullptr};
};

// The functions and classes that C++ uses
struct PythonRuntime {
  PyObject* orthancException = nullptr;  // errors.OrthancException
  PyObject* orthancStopping = nullptr;   // errors.OrthancStopping
  PyObject* formatException = nullptr;   // tracebacks.format_exception(exception, headline) -> str
  Lazy formatStack{"shutdown", "format_stack"};         // (thread identifier) -> str
  Lazy placeOfCaller{"tracebacks", "place_of_caller"};  // () -> str
  // (name of a class, callable, callable) -> callable
  Lazy combineCallbacks{"combined_callbacks", "combine"};
  Lazy describeThreads{"shutdown", "describe_threads"};  // () -> list of str
  Lazy createEnumeration{"enumerations", "create"};      // (name, doc, members, missing, version)
  Lazy createModule{"module_attributes", "complete"};    // (module, missing, version)
  Lazy refuseCoroutine{"coroutine_callbacks", "refuse_coroutine"};  // (callable, description of it)
  Lazy acceptCoroutine{"coroutine_callbacks", "accept_coroutine"};  // (callable, alone) -> callable
  Lazy start{"startup", "start"};                     // (executable, prefix) -> warnings
  Lazy connectLog{"logs", "connect"};                 // (destination of the output)
  Lazy refuseScript{"script_loader", "refusal"};      // (path) -> str or None
  Lazy loadScript{"script_loader", "load"};           // (path)
  Lazy refuseScripts{"script_packages", "refusal"};   // (path) -> str or None
  Lazy prepareScripts{"script_packages", "prepare"};  // (path) -> list of str
  Lazy loadScripts{"script_packages", "load"};        // (path)
  Lazy unloadScript{"script_loader", "unload"};       // ()
  Lazy settle{"shutdown", "settle"};                  // (seconds)
  Lazy stop{"shutdown", "stop"};                      // (seconds) -> list of warnings
  Lazy endForkedChild{"multiprocessing_hooks",
                      "end_forked_child"};                // (headline, exception or None)
  Lazy serveStatusPage{"status_page", "serve"};           // (output, uri, request, numbers)
  Lazy keepErrors{"recent_errors", "keep"};               // ()
  Lazy explorerButton{"explorer_button_js", "text"};      // str
  Lazy showMemoryUsage{"memory_usage", "start"};          // ()
  Lazy chunks{"streams", "chunks"};                       // (source) -> iterator
  Lazy sink{"streams", "sink"};                           // (target) -> callable
  Lazy beginUpload{"streams", "begin_upload"};            // (callback, uri, request)
  Lazy encodeIfDataset{"datasets", "encode_if_dataset"};  // (value) -> bytes or value
  Lazy decodeDataset{"datasets", "decode"};               // (dicom, stop_before_pixels)
  Lazy webDavCollection{"webdav", "Collection"};          // (handler)
  Lazy flattenHeaders{"http", "flatten_headers"};         // (headers) -> (key, value, ...)
  Lazy createResponse{"http", "create_response"};         // (method, url, status, headers, body)
  Lazy encodeJson{"job_documents", "encode"};             // (dict, str or bytes) -> bytes
  Lazy decodeJob{"job_documents", "decode"};  // (serialized) -> (serialized, identifier, paused)
};

extern PythonRuntime pythonRuntime;

// Makes the embedded modules importable; once per process. Throws PythonError.
void loadPythonRuntime();

// Logs a list of warnings that a function of the Python runtime has returned.
void logWarnings(PyObject* list);

// Generated: the embedded sources.
struct RuntimeSource {
  const char* name;  // "orthanc_runtime.errors"
  const char* text;
  std::size_t size;
};
extern const RuntimeSource runtimeSources[];
extern const std::size_t runtimeSourceCount;

}  // namespace orthanc

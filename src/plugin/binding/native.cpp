// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "binding/native.hpp"

#include <cstdint>
#include <string>

#include "binding/wrappers.hpp"
#include "host/event_loop_thread.hpp"
#include "host/request_lines.hpp"
#include "interpreter/active_calls.hpp"
#include "interpreter/gil_release.hpp"
#include "interpreter/threads.hpp"

namespace orthanc {

namespace {

constexpr const char* kLogParameters[] = {"level", "file", "line", "text"};
constexpr Signature kLogSignature{"log", "", kLogParameters, 4, 4};

// log(level, file, line, text) -> bool: false if Orthanc's log is not available
PyObject* log(PyObject*, PyObject* const* values, Py_ssize_t count, PyObject* keywords) {
  PyObject* arguments[4];
  bindArguments(kLogSignature, values, count, keywords, arguments);
  const auto level = static_cast<host::LogLevel>(
      signedInteger({arguments[0], &kLogSignature, 0}, 0, static_cast<int>(host::LogLevel::trace)));
  const host::SourceLine source{logText(arguments[1]),
                                integer<std::uint32_t>({arguments[2], &kLogSignature, 2})};
  const std::string message = logText(arguments[3]);
  bool logged = false;
  {
    const interpreter::GilRelease release;
    logged = host::log(level, source, message);
  }
  return py::Bool_FromLong(logged ? 1 : 0);
}

constexpr const char* kNameParameters[] = {"name"};
constexpr Signature kNameSignature{"instead_of", "", kNameParameters, 1, 1};

// instead_of(name) -> str: the Python replacement of a function of the SDK, "" if there is none
PyObject* insteadOf(PyObject*, PyObject* const* values, Py_ssize_t count, PyObject* keywords) {
  const Arguments<1> arguments(kNameSignature, values, count, keywords);
  const std::string name = logText(arguments[0].value);
  for (std::size_t i = 0; i < sdkNameCount; ++i) {
    if (name == sdkNames[i].name) {
      return text(sdkNames[i].python).release();
    }
  }
  return text("").release();
}

constexpr Signature kMarkSignature{"mark_event_loop_thread", "", nullptr, 0, 0};

PyObject* markEventLoopThread(PyObject*, PyObject* const*, Py_ssize_t count, PyObject* keywords) {
  const NoArguments arguments(kMarkSignature, count, keywords);
  host::markEventLoopThread();
  return none();
}

constexpr Signature kDepthSignature{"callback_depth", "", nullptr, 0, 0};

PyObject* callbackDepth(PyObject*, PyObject* const*, Py_ssize_t count, PyObject* keywords) {
  const NoArguments arguments(kDepthSignature, count, keywords);
  return py::Long_FromLongLong(interpreter::awaitedDepth());
}

constexpr const char* kEnterParameters[] = {"function"};
constexpr Signature kEnterSignature{"on_enter", "", kEnterParameters, 1, 1};

PyObject* enterFunction = nullptr;  // kept until the process ends

void enter() {
  if (!stealOrNull(py::Object_CallObject(enterFunction, nullptr))) {
    py::Err_Clear();
  }
}

// on_enter(function): calls it whenever a thread of Orthanc enters Python
PyObject* onEnter(PyObject*, PyObject* const* values, Py_ssize_t count, PyObject* keywords) {
  const Arguments<1> arguments(kEnterSignature, values, count, keywords);
  enterFunction = borrow(arguments[0].value).release();
  interpreter::callOnEnter(&enter);
  return none();
}

constexpr Signature kKeepSignature{"keep_request_lines", "", nullptr, 0, 0};

// keep_request_lines(): before request_line() can be used
PyObject* keepRequestLines(PyObject*, PyObject* const*, Py_ssize_t count, PyObject* keywords) {
  const NoArguments arguments(kKeepSignature, count, keywords);
  bool kept = false;
  {
    const interpreter::GilRelease release;
    kept = request_lines::keep();
  }
  if (!kept) {
    raise(builtins.runtimeError, "Orthanc refuses the filter of HTTP requests of this plugin");
  }
  return none();
}

constexpr Signature kLineSignature{"request_line", "", nullptr, 0, 0};

Ref pair(const std::string& first, const Ref& second) {
  Ref result = steal(py::Tuple_New(2));
  succeed(py::Tuple_SetItem(result.get(), 0, text(first.data(), first.size()).release()));
  succeed(py::Tuple_SetItem(result.get(), 1, borrow(second.get()).release()));
  return result;
}

// request_line() -> (uri, ip, ((key, value), ...)) or None
PyObject* requestLine(PyObject*, PyObject* const*, Py_ssize_t count, PyObject* keywords) {
  const NoArguments arguments(kLineSignature, count, keywords);
  request_lines::RequestLine line;
  if (!request_lines::take(line)) {
    return none();
  }
  const Ref query = steal(py::Tuple_New(static_cast<Py_ssize_t>(line.query.size())));
  Py_ssize_t i = 0;
  for (const auto& [key, value] : line.query) {
    const Ref item = text(value.data(), value.size());
    succeed(py::Tuple_SetItem(query.get(), i++, pair(key, item).release()));
  }
  Ref result = steal(py::Tuple_New(3));
  succeed(py::Tuple_SetItem(result.get(), 0, text(line.uri.data(), line.uri.size()).release()));
  succeed(py::Tuple_SetItem(result.get(), 1, text(line.ip.data(), line.ip.size()).release()));
  succeed(py::Tuple_SetItem(result.get(), 2, borrow(query.get()).release()));
  return result.release();
}

PyMethodDef* definitions() {
  static PyMethodDef table[8];
  table[0] = definitionOf({"log", &guarded<&log>, "Write a message to Orthanc's log.", {}});
  table[1] = definitionOf(
      {"instead_of", &guarded<&insteadOf>, "Return the replacement of a function.", {}});
  table[2] = definitionOf({kMarkSignature.name,
                           &guarded<&markEventLoopThread>,
                           "Declare that the event loop runs on this thread.",
                           {}});
  table[3] = definitionOf({kDepthSignature.name,
                           &guarded<&callbackDepth>,
                           "Return the number of callbacks that this thread is in.",
                           {}});
  table[4] = definitionOf({kEnterSignature.name,
                           &guarded<&onEnter>,
                           "Call a function whenever a thread enters Python.",
                           {}});
  table[5] = definitionOf({kKeepSignature.name,
                           &guarded<&keepRequestLines>,
                           "Let request_line() return the parts of requests.",
                           {}});
  table[6] = definitionOf({kLineSignature.name,
                           &guarded<&requestLine>,
                           "Return the path, client and arguments of the request.",
                           {}});
  return table;
}

}  // namespace

void addNativeModule() {
  constexpr const char* kName = "orthanc_runtime.native";
  const Ref module = steal(py::Module_New(kName));
  succeed(py::Module_AddFunctions(module.get(), definitions()));
  succeed(py::Dict_SetItemString(py::Import_GetModuleDict(), kName, module.get()));
}

}  // namespace orthanc

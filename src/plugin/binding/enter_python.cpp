// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "binding/enter_python.hpp"

#include "binding/errors.hpp"
#include "binding/python_runtime.hpp"
#include "binding/text.hpp"
#include "host/fork.hpp"

namespace orthanc {

void endForkedChild(const char* headline) {
  host::limitForkedChild();
  const Ref exception = takeException();
  try {
    const Ref where = text(headline);
    steal(py::Object_CallFunctionObjArgs(pythonRuntime.endForkedChild.get(), where.get(),
                                         exception ? exception.get() : builtins.none, nullptr));
  } catch (const PythonError&) {
    py::Err_Clear();  // cannot be reported: the process exits
  }
  host::exitForkedChild();
}

}  // namespace orthanc

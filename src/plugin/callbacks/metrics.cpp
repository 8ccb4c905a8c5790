// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The callback that refreshes the metrics, before a client reads them from Orthanc.
#include "callbacks/callback.hpp"

namespace orthanc {

namespace {

Slot slot("callback to refresh the metrics", "Events");

void refresh() {
  runCallback("Error in the Python callback that refreshes the metrics", [&] {
    if (slot.taken()) {
      steal(py::Object_CallObject(slot.get(), nullptr));
    }
  });
}

}  // namespace

PyObject* handwritten::RegisterRefreshMetricsCallback(PyObject*, PyObject* const* values,
                                                      Py_ssize_t count, PyObject* keywords) {
  const Arguments<1> arguments(signatures::RegisterRefreshMetricsCallback, values, count, keywords);
  const _OrthancPluginRegisterRefreshMetricsCallback parameters{refresh};
  registerCallbacks({{&slot, arguments[0]}}, _OrthancPluginService_RegisterRefreshMetricsCallback,
                    &parameters);
  return none();
}

}  // namespace orthanc

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The functions by which a script extends Orthanc Explorer. They keep the button of the status
// page.
#include <cstring>
#include <string>

#include "binding/wrappers.hpp"
#include "generated/handwritten.hpp"
#include "generated/signatures.hpp"
#include "host/explorer.hpp"

namespace orthanc {

namespace {

PyObject* extend(const char* plugin, const std::string& javascript) {
  _OrthancPluginSetPluginProperty parameters{};
  parameters.plugin = plugin;
  parameters.property = _OrthancPluginProperty_OrthancExplorer;
  parameters.value = javascript.c_str();
  check(call(_OrthancPluginService_SetPluginProperty, &parameters));
  return none();
}

}  // namespace

PyObject* handwritten::ExtendOrthancExplorer(PyObject*, PyObject* const* values, Py_ssize_t count,
                                             PyObject* keywords) {
  const Arguments<1> arguments(signatures::ExtendOrthancExplorer, values, count, keywords);
  const Text javascript(arguments[0]);
  return extend(host::kPluginName,
                host::explorer::withScript(static_cast<const char*>(javascript)));
}

PyObject* handwritten::ExtendOrthancExplorer2(PyObject*, PyObject* const* values, Py_ssize_t count,
                                              PyObject* keywords) {
  const Arguments<2> arguments(signatures::ExtendOrthancExplorer2, values, count, keywords);
  const Text plugin(arguments[0]);
  const Text javascript(arguments[1]);
  const char* const text = javascript;
  const bool own = std::strcmp(plugin, host::kPluginName) == 0;
  return extend(plugin, own ? host::explorer::withScript(text) : std::string(text));
}

}  // namespace orthanc

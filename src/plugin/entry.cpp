// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The four functions that Orthanc looks for. Nothing else is exported.
#include <exception>
#include <string>

#include "host/context.hpp"
#include "plugin.hpp"

#ifdef _WIN32
#define ORTHANC_EXPORT extern "C"  // cmake/exports.def exports them
#else
#define ORTHANC_EXPORT extern "C" __attribute__((visibility("default")))
#endif

namespace {

bool initialize() {
  try {
    return orthanc::initialize();
  } catch (const std::exception& error) {
    host::logError(std::string("Exception while starting the Python plugin: ") + error.what());
  } catch (...) {
    host::logError("Exception of an unknown type while starting the Python plugin");
  }
  return false;
}

}  // namespace

ORTHANC_EXPORT int32_t OrthancPluginInitialize(OrthancPluginContext* context) {
  host::open(context);
  if (initialize()) {
    return 0;
  }
  host::logError("Remedies for the errors above: " ORTHANC_PYTHON_TROUBLESHOOTING);
  return -1;
}

ORTHANC_EXPORT void OrthancPluginFinalize() {
  try {
    orthanc::finalize();
  } catch (const std::exception& error) {
    host::logError(std::string("Exception while stopping the Python plugin: ") + error.what());
  } catch (...) {
    host::logError("Exception of an unknown type while stopping the Python plugin");
  }
  host::close();
}

ORTHANC_EXPORT const char* OrthancPluginGetName() {
  return orthanc::registeredName();
}

ORTHANC_EXPORT const char* OrthancPluginGetVersion() {
  return ORTHANC_PYTHON_PLUGIN_VERSION;
}

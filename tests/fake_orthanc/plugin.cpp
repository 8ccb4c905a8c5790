// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "plugin.hpp"

#include "shared_library.hpp"

template <class Function>
Function* Plugin::function(const char* name) const {
  void* address = shared_library::symbol(library_, name);
  if (address == nullptr) {
    throw PluginError(std::string("The plugin has no ") + name);
  }
  return reinterpret_cast<Function*>(address);
}

Plugin::Plugin(const std::string& path) {
  std::string error;
  library_ = shared_library::open(path, error);
  if (library_ == nullptr) {
    throw PluginError("Cannot load " + path + ": " + error);
  }
}

Plugin::~Plugin() {
  shared_library::close(library_);
}

std::int32_t Plugin::initialize(OrthancPluginContext* context) {
  return function<std::int32_t(OrthancPluginContext*)>("OrthancPluginInitialize")(context);
}

void Plugin::finalize() {
  function<void()>("OrthancPluginFinalize")();
}

std::string Plugin::name() const {
  return function<const char*()>("OrthancPluginGetName")();
}

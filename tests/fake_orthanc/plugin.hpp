// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Loads, initializes, finalizes and unloads the plugin as Orthanc does.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

#include "generated/sdk.hpp"

struct PluginError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Plugin {
 public:
  // The path is UTF-8. Throws PluginError.
  explicit Plugin(const std::string& path);
  ~Plugin();
  Plugin(const Plugin&) = delete;
  Plugin& operator=(const Plugin&) = delete;

  std::int32_t initialize(OrthancPluginContext* context);  // 0 is success
  void finalize();
  std::string name() const;

 private:
  template <class Function>
  Function* function(const char* name) const;

  void* library_;
};

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The context that a plugin gets from Orthanc.
#pragma once

#include <string>

#include "generated/sdk.hpp"

namespace services {

// `configuration` is the text of Orthanc's configuration file.
OrthancPluginContext* open(std::string version, std::string configuration);

// Sends an event to the callbacks that the plugin has registered.
void signalChange(OrthancPluginChangeType type, OrthancPluginResourceType level,
                  const std::string& resource);

// Forgets all registrations of the plugin.
void forget();

}  // namespace services

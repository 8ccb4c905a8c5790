// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The DICOM objects that callbacks get: instances, queries, connections. Each is a handle to the
// bytes that it was made from.
#pragma once

#include <string>

#include "generated/sdk.hpp"

namespace dicom {

// The query of a C-FIND or of a worklist
struct Answers {
  int count = 0;
};

// Valid as long as the data are
inline const OrthancPluginDicomInstance* instance(const std::string& data) {
  return reinterpret_cast<const OrthancPluginDicomInstance*>(&data);
}

inline const OrthancPluginDicomConnection* connection() {
  static const char name[] = "PEER";
  return reinterpret_cast<const OrthancPluginDicomConnection*>(name);
}

// How many instances made by the plugin are alive.
int alive();

// The services of such objects, and those that call back during encoding; false if `service` is
// none of them.
bool serve(_OrthancPluginService service, const void* parameters, OrthancPluginErrorCode& code);

}  // namespace dicom

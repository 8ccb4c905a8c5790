// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Jobs that the plugin creates. The kind "job" restores one, runs it and frees it.
#pragma once

#include "generated/sdk.hpp"

namespace jobs {

// False if `service` has nothing to do with jobs.
bool serve(_OrthancPluginService service, const void* parameters);

void destroy(OrthancPluginJob* job);

// The number of jobs that are not freed.
int alive();

}  // namespace jobs

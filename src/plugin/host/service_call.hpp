// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The platform-specific call of Orthanc, for host::invoke().
#pragma once

#include "generated/sdk.hpp"

namespace host {

// False if an exception that C++ code of this library cannot catch has ended the call. Throws
// other exceptions.
bool callService(OrthancPluginContext* orthanc, _OrthancPluginService service,
                 const void* parameters, OrthancPluginErrorCode& code);

}  // namespace host

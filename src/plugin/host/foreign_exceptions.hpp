// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Calls a service of Orthanc, for host::invoke(). On Windows, also catches the C++ exceptions of
// another compiler.
#pragma once

#include "generated/sdk.hpp"

namespace host {

// False if an exception that `catch (...)` of this library does not catch has ended the call.
// Throws other exceptions.
bool callService(OrthancPluginContext* orthanc, _OrthancPluginService service,
                 const void* parameters, OrthancPluginErrorCode& code);

}  // namespace host

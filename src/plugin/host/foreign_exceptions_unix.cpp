// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// All C++ runtimes share the system's unwinder: `catch (...)` catches the exceptions of any of
// them.
#include "host/foreign_exceptions.hpp"

namespace host {

bool callService(OrthancPluginContext* orthanc, _OrthancPluginService service,
                 const void* parameters, OrthancPluginErrorCode& code) {
  code = orthanc->InvokeService(orthanc, service, parameters);
  return true;
}

}  // namespace host

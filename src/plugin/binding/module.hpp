// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The module `orthanc`. One for each start of Orthanc: POST /tools/reset creates a new one.
#pragma once

namespace orthanc {

// Creates the types, enumerations and the Python runtime: once per process. Throws PythonError.
void prepareModule();

// Puts a new module into sys.modules. Throws PythonError.
void addModule();

// Removes the module from sys.modules; its functions raise OrthancException from now on.
void removeModule();

}  // namespace orthanc

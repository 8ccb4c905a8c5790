// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The module `orthanc`. One per start of Orthanc: POST /tools/reset makes a new one.
#pragma once

namespace orthanc {

// Types, enumerations, the Python runtime: once per process. Throws PythonError.
void prepareModule();

// Puts a fresh module into sys.modules. Throws PythonError.
void addModule();

// Takes it out again; its functions refuse to work from now on.
void removeModule();

}  // namespace orthanc

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The module `orthanc`. One for each start of Orthanc: POST /tools/reset creates a new one.
#pragma once

#include "interpreter/api.hpp"

namespace orthanc {

// Creates the types, enumerations and the Python runtime: once per process. Throws PythonError.
void prepareModule();

// Puts a new module into sys.modules. Throws PythonError.
void addModule();

// Removes the module from sys.modules; its functions raise OrthancException from now on.
void removeModule();

// Functions that a script kept over a reset of Orthanc (POST /tools/reset) refuse to work.
void requireCurrent(PyObject* module);

}  // namespace orthanc

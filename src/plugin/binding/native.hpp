// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The module orthanc_runtime.native: functions of this library for the part written in Python.
#pragma once

namespace orthanc {

// Throws PythonError.
void addNativeModule();

}  // namespace orthanc

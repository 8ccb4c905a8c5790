// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#pragma once

namespace orthanc {

// Python.RefuseInstanceOnException: whether Orthanc refuses a received instance if its callback
// raises an exception, or stores the original.
void refuseInstanceOnException(bool refuse);

}  // namespace orthanc

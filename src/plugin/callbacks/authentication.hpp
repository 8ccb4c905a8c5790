// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#pragma once

namespace orthanc {

// Whether the script authenticates requests, so that it has made the payloads.
bool authenticates();

}  // namespace orthanc

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#pragma once

namespace orthanc {

// Forgets the routes for chunked uploads; Orthanc has already forgotten them.
void clearChunkedRoutes();

}  // namespace orthanc

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#pragma once

namespace orthanc {

// Forgets the WebDAV folders of the script.
void clearWebDav();

}  // namespace orthanc

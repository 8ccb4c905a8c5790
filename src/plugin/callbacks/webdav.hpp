// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#pragma once

namespace orthanc {

// The WebDAV folders of the script are forgotten.
void clearWebDav();

}  // namespace orthanc

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The option Python.StatusPage: the route /python/ and a button of Orthanc Explorer that leads to
// it. This file collects the numbers; orthanc_runtime/status_page.py makes the page.
#pragma once

#include "host/settings.hpp"

namespace orthanc::status_page {

// Call once the script is loaded: its own routes come first. Throws nothing, but logs an error.
void start(const host::Settings& settings);
void end();

}  // namespace orthanc::status_page

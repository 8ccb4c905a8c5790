// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The fake Orthanc's output: one JSON object in each line of the standard output. Python's output
// appears unchanged in between.
#pragma once

#include "support/json.hpp"

// Writes the whole line at once. Any thread may call it.
void say(const json::Object& object);

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The plugin's own metrics in /tools/metrics-prometheus.
#pragma once

namespace orthanc::metrics {

// Call at each start of Orthanc, after Python has started. `enabled` is the option Python.Metrics.
void start(bool enabled);

}  // namespace orthanc::metrics

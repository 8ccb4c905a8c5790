// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Enumerators of an Orthanc that is newer than the plugin.
#pragma once

#include <atomic>

inline std::atomic<int> newerEnumerator{0};  // replaces each usual one, unless it is 0

template <class Enumeration>
Enumeration enumerator(Enumeration usual) {
  const int newer = newerEnumerator;
  return newer == 0 ? usual : static_cast<Enumeration>(newer);
}

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The parts of an HTTP request that REST callbacks and the HTTP filter share.
#pragma once

#include "callbacks/callback.hpp"

namespace orthanc {

// Later values of the same key replace earlier ones.
inline Ref dictionary(uint32_t count, const char* const* keys, const char* const* values) {
  Ref result = steal(py::Dict_New());
  for (uint32_t i = 0; i < count; ++i) {
    const Ref key = text(keys[i]);
    const Ref value = text(values[i]);
    succeed(py::Dict_SetItem(result.get(), key.get(), value.get()));
  }
  return result;
}

}  // namespace orthanc

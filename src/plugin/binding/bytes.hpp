// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#pragma once

#include <cstdint>

#include "binding/handle_lock.hpp"

namespace orthanc {

// A copy as bytes, made while no other thread works on the handles; large ones are copied without
// the GIL.
PyObject* bytes(const void* data, std::uint64_t size, const Handles& handles = {});

}  // namespace orthanc

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#pragma once

#include <cstdint>

namespace platform {

// The memory of this process that is in RAM, in bytes; 0 if the system does not tell.
std::uint64_t residentMemory();

}  // namespace platform

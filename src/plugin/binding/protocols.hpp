// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The protocols of the objects: numpy.asarray(image), len(peers), for ... in iterator.
#pragma once

#include <vector>

#include "generated/class_ids.hpp"
#include "interpreter/api.hpp"

namespace orthanc {

void addProtocols(ClassId id, std::vector<PyType_Slot>& slots);

}  // namespace orthanc

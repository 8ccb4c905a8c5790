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

// The buffer protocol of images
int exportPixels(PyObject* self, Py_buffer* view, int flags);
void releasePixels(PyObject* self, Py_buffer* view);

}  // namespace orthanc

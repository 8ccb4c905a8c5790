// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "binding/tables.hpp"

#include <cstdlib>

namespace orthanc {

const Class& classOf(ClassId id) {
  for (std::size_t i = 0; i < classCount; ++i) {
    if (classes[i].id == id) {
      return classes[i];
    }
  }
  std::abort();  // unreachable: the generated table has a row for each ClassId
}

PyMethodDef definitionOf(const Function& function) {
  PyMethodDef definition{};
  definition.ml_name = function.name;
  definition.ml_meth =
      reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(function.wrapper));
  definition.ml_flags = METH_FASTCALL | METH_KEYWORDS;
  definition.ml_doc = function.documentation;
  return definition;
}

unsigned long defaultTypeFlags() {
  // Bit 18 means "has a version tag" up to 3.9 and is unused afterwards
  return 1UL << 18;
}

}  // namespace orthanc

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Compiles only if interpreter/stable_abi.hpp agrees with a real Python.h.
#include <Python.h>

#include <cstddef>
#include <cstdint>
#include <string>

// The macros of Python.h would rewrite our enumerators.
constexpr long real[] = {METH_KEYWORDS,
                         METH_FASTCALL,
                         PyBUF_SIMPLE,
                         PyBUF_WRITABLE,
                         PyBUF_FORMAT,
                         PyBUF_ND,
                         PyBUF_STRIDES,
                         PyBUF_RECORDS_RO,
                         PyBUF_C_CONTIGUOUS,
                         PyBUF_F_CONTIGUOUS,
                         PyBUF_ANY_CONTIGUOUS,
                         Py_sq_item,
                         Py_sq_length,
                         Py_tp_dealloc,
                         Py_tp_doc,
                         Py_tp_getattro,
                         Py_tp_iter,
                         Py_tp_iternext,
                         Py_tp_methods,
                         Py_tp_new,
#if PY_VERSION_HEX < 0x030f0000  // 3.15 renumbers them, and still accepts these
                         Py_bf_getbuffer,
                         Py_bf_releasebuffer
#endif
};
#undef METH_KEYWORDS
#undef METH_FASTCALL
#undef PyBUF_SIMPLE
#undef PyBUF_WRITABLE
#undef PyBUF_FORMAT
#undef PyBUF_ND
#undef PyBUF_STRIDES
#undef PyBUF_RECORDS_RO
#undef PyBUF_C_CONTIGUOUS
#undef PyBUF_F_CONTIGUOUS
#undef PyBUF_ANY_CONTIGUOUS
#undef Py_bf_getbuffer
#undef Py_bf_releasebuffer
#undef Py_sq_item
#undef Py_sq_length
#undef Py_tp_dealloc
#undef Py_tp_doc
#undef Py_tp_getattro
#undef Py_tp_iter
#undef Py_tp_iternext
#undef Py_tp_methods
#undef Py_tp_new

namespace ours {
#include "interpreter/stable_abi.hpp"
}

constexpr long declared[] = {ours::METH_KEYWORDS,
                             ours::METH_FASTCALL,
                             ours::PyBUF_SIMPLE,
                             ours::PyBUF_WRITABLE,
                             ours::PyBUF_FORMAT,
                             ours::PyBUF_ND,
                             ours::PyBUF_STRIDES,
                             ours::PyBUF_RECORDS_RO,
                             ours::PyBUF_C_CONTIGUOUS,
                             ours::PyBUF_F_CONTIGUOUS,
                             ours::PyBUF_ANY_CONTIGUOUS,
                             ours::Py_sq_item,
                             ours::Py_sq_length,
                             ours::Py_tp_dealloc,
                             ours::Py_tp_doc,
                             ours::Py_tp_getattro,
                             ours::Py_tp_iter,
                             ours::Py_tp_iternext,
                             ours::Py_tp_methods,
                             ours::Py_tp_new,
#if PY_VERSION_HEX < 0x030f0000
                             ours::Py_bf_getbuffer,
                             ours::Py_bf_releasebuffer
#endif
};

constexpr bool sameNumbers() {
  for (std::size_t i = 0; i < sizeof(real) / sizeof(*real); ++i) {
    if (real[i] != declared[i]) {
      return false;
    }
  }
  return sizeof(real) == sizeof(declared);
}
static_assert(sameNumbers(), "a constant differs");

#define SAME_SIZE(type) static_assert(sizeof(::type) == sizeof(ours::type), #type)
#define SAME_FIELD(type, field)                                           \
  static_assert(offsetof(::type, field) == offsetof(ours::type, field) && \
                    sizeof(::type::field) == sizeof(ours::type::field),   \
                #type "." #field)

SAME_SIZE(Py_ssize_t);
SAME_SIZE(PyGILState_STATE);
SAME_SIZE(PyMethodDef);
SAME_SIZE(PyType_Slot);
SAME_SIZE(PyType_Spec);
SAME_SIZE(Py_buffer);
SAME_FIELD(PyMethodDef, ml_name);
SAME_FIELD(PyMethodDef, ml_meth);
SAME_FIELD(PyMethodDef, ml_flags);
SAME_FIELD(PyMethodDef, ml_doc);
SAME_FIELD(PyType_Slot, slot);
SAME_FIELD(PyType_Slot, pfunc);
SAME_FIELD(PyType_Spec, name);
SAME_FIELD(PyType_Spec, basicsize);
SAME_FIELD(PyType_Spec, itemsize);
SAME_FIELD(PyType_Spec, flags);
SAME_FIELD(PyType_Spec, slots);
SAME_FIELD(Py_buffer, buf);
SAME_FIELD(Py_buffer, obj);
SAME_FIELD(Py_buffer, len);
SAME_FIELD(Py_buffer, itemsize);
SAME_FIELD(Py_buffer, readonly);
SAME_FIELD(Py_buffer, ndim);
SAME_FIELD(Py_buffer, format);
SAME_FIELD(Py_buffer, shape);
SAME_FIELD(Py_buffer, strides);
SAME_FIELD(Py_buffer, suboffsets);
SAME_FIELD(Py_buffer, internal);
static_assert(int(::PyGILState_UNLOCKED) == int(ours::PyGILState_UNLOCKED), "PyGILState_STATE");

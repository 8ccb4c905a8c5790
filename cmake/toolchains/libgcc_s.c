// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The names that a C++ runtime uses of the unwinder (Itanium C++ ABI, "Exception Handling").
// Only the linker sees this library; at run time, the system's own takes its place.

#define UNWIND(name) \
  void _Unwind_##name(void) {}

UNWIND(Backtrace)
UNWIND(DeleteException)
UNWIND(ForcedUnwind)
UNWIND(GetCFA)
UNWIND(GetGR)
UNWIND(GetIP)
UNWIND(GetIPInfo)
UNWIND(GetLanguageSpecificData)
UNWIND(GetRegionStart)
UNWIND(RaiseException)
UNWIND(Resume)
UNWIND(Resume_or_Rethrow)
UNWIND(SetGR)
UNWIND(SetIP)

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// On Unix, all C++ runtimes share the system's unwinder: `catch (...)` catches the exceptions of
// any of them. On Windows, `catch (...)` of GCC does not catch the exceptions of Visual C++, with
// which an Orthanc may be built: on x64, a handler of Windows does.
#include "host/foreign_exceptions.hpp"

#if defined(_WIN32) && defined(__GNUC__) && defined(__x86_64__)

#include <windows.h>

#include <cstdint>

namespace {

constexpr int kEndedByException = 0x7FFFFFFF;  // none of Orthanc's codes

}  // namespace

// Calls `function`; returns its result, or `kEndedByException`.
extern "C" int orthancCallService(OrthancPluginContext* orthanc, _OrthancPluginService service,
                                  const void* parameters, void* function);
extern "C" char orthancCallServiceEnd[];

extern "C" __attribute__((used)) EXCEPTION_DISPOSITION orthancCatchService(
    EXCEPTION_RECORD* record, void* frame, CONTEXT*, DISPATCHER_CONTEXT* dispatcher) {
  constexpr DWORD kVisualCpp = 0xE06D7363;
  constexpr DWORD kUnwinding = EXCEPTION_UNWINDING | EXCEPTION_EXIT_UNWIND;
  if (record->ExceptionCode == kVisualCpp && (record->ExceptionFlags & kUnwinding) == 0) {
    RtlUnwindEx(frame, orthancCallServiceEnd, record,
                reinterpret_cast<void*>(std::intptr_t{kEndedByException}),
                dispatcher->ContextRecord, dispatcher->HistoryTable);
  }
  return ExceptionContinueSearch;
}

asm(R"(
  .text
  .globl orthancCallService
  .def orthancCallService; .scl 2; .type 32; .endef
  .seh_proc orthancCallService
orthancCallService:
  subq $40, %rsp
  .seh_stackalloc 40
  .seh_endprologue
  call *%r9
  .globl orthancCallServiceEnd
orthancCallServiceEnd:
  nop
  addq $40, %rsp
  ret
  .seh_handler orthancCatchService, @except
  .seh_endproc
)");

namespace host {

bool callService(OrthancPluginContext* orthanc, _OrthancPluginService service,
                 const void* parameters, OrthancPluginErrorCode& code) {
  const int result = orthancCallService(orthanc, service, parameters,
                                        reinterpret_cast<void*>(orthanc->InvokeService));
  code = static_cast<OrthancPluginErrorCode>(result);
  return result != kEndedByException;
}

}  // namespace host

#else

namespace host {

bool callService(OrthancPluginContext* orthanc, _OrthancPluginService service,
                 const void* parameters, OrthancPluginErrorCode& code) {
  code = orthanc->InvokeService(orthanc, service, parameters);
  return true;
}

}  // namespace host

#endif

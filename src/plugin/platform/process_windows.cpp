// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "platform/process.hpp"

#include <windows.h>

#include <algorithm>
#include <array>
#include <thread>

#include "platform/utf16_windows.hpp"

namespace platform {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostBytesKept = std::size_t{1024} * 1024;
constexpr UINT kKilled = 128 + 9;  // the status of a killed program on Unix

class Handle {
 public:
  Handle() = default;
  explicit Handle(HANDLE handle) : handle_(handle == INVALID_HANDLE_VALUE ? nullptr : handle) {}
  ~Handle() { close(); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  HANDLE get() const { return handle_; }
  HANDLE* address() { return &handle_; }
  bool isOpen() const { return handle_ != nullptr; }
  void close() {
    if (isOpen()) {
      CloseHandle(handle_);
    }
    handle_ = nullptr;
  }

 private:
  HANDLE handle_ = nullptr;
};

SECURITY_ATTRIBUTES inheritable() {
  return {sizeof(SECURITY_ATTRIBUTES), nullptr, TRUE};
}

struct Pipe {
  Handle read, write;

  bool open() {
    SECURITY_ATTRIBUTES attributes = inheritable();
    return CreatePipe(read.address(), write.address(), &attributes, 0) != 0 &&
           SetHandleInformation(read.get(), HANDLE_FLAG_INHERIT, 0) != 0;
  }
};

// Lets the child inherit these three handles only. It would otherwise keep a pipe open that another
// thread has just created for another child.
class StartupInfo {
 public:
  StartupInfo(HANDLE input, HANDLE output, HANDLE error) : handles_{input, output, error} {
    info.StartupInfo.cb = sizeof info;
    info.StartupInfo.dwFlags = STARTF_USESTDHANDLES;
    info.StartupInfo.hStdInput = input;
    info.StartupInfo.hStdOutput = output;
    info.StartupInfo.hStdError = error;
    SIZE_T size = 0;
    InitializeProcThreadAttributeList(nullptr, 1, 0, &size);
    memory_.resize(size);
    info.lpAttributeList = reinterpret_cast<LPPROC_THREAD_ATTRIBUTE_LIST>(memory_.data());
    InitializeProcThreadAttributeList(info.lpAttributeList, 1, 0, &size);
    UpdateProcThreadAttribute(info.lpAttributeList, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST,
                              handles_.data(), sizeof(HANDLE) * handles_.size(), nullptr, nullptr);
  }
  ~StartupInfo() { DeleteProcThreadAttributeList(info.lpAttributeList); }
  StartupInfo(const StartupInfo&) = delete;
  StartupInfo& operator=(const StartupInfo&) = delete;

  STARTUPINFOEXW info{};

 private:
  std::array<HANDLE, 3> handles_;
  std::vector<char> memory_;
};

// Quotes an argument as the C runtime of the program parses it: a quote is escaped, and so are the
// backslashes in front of a quote, but no others.
std::wstring quoted(const std::wstring& argument) {
  std::wstring result = L"\"";
  std::size_t backslashes = 0;
  for (const wchar_t letter : argument) {
    if (letter == L'"') {
      result.append(backslashes + 1, L'\\');
    }
    backslashes = letter == L'\\' ? backslashes + 1 : 0;
    result += letter;
  }
  return result.append(backslashes, L'\\') + L'"';
}

std::wstring commandLine(const std::vector<std::string>& arguments) {
  std::wstring line;
  for (const std::string& argument : arguments) {
    line += (line.empty() ? L"" : L" ") + quoted(wide(argument));
  }
  return line;
}

// Reads without waiting; closes the pipe at its end.
void drain(Handle& from, std::string& to) {
  std::array<char, 4096> buffer;
  for (int round = 0; from.isOpen() && round < 100; ++round) {
    DWORD available = 0, count = 0;
    if (PeekNamedPipe(from.get(), nullptr, 0, nullptr, &available, nullptr) == 0) {
      from.close();  // the other end is closed
      return;
    }
    if (available == 0) {
      return;
    }
    if (ReadFile(from.get(), buffer.data(), static_cast<DWORD>(buffer.size()), &count, nullptr) ==
        0) {
      from.close();
      return;
    }
    to.append(buffer.data(), std::min<std::size_t>(kMostBytesKept - to.size(), count));
  }
}

// False if the deadline passed first. Polls, because Windows cannot wait for an anonymous pipe;
// often at first, since most programs finish within some ten milliseconds.
bool collect(HANDLE process, Pipe& output, Pipe& error, Clock::time_point deadline,
             ProcessResult& result) {
  constexpr DWORD kShortest = 1, kLongest = 16;
  for (DWORD slice = kShortest;; slice = std::min(slice * 2, kLongest)) {
    // checked first, so that the reads below get all output that was written before the end
    const bool ended = WaitForSingleObject(process, slice) == WAIT_OBJECT_0;
    drain(output.read, result.output);
    drain(error.read, result.error);
    if (ended) {
      return true;
    }
    if (Clock::now() >= deadline) {
      return false;
    }
  }
}

ProcessResult notStarted(DWORD code) {
  ProcessResult result;
  result.status = 127;
  result.error = describeError(code);
  return result;
}

// A job kills its processes when its handle is closed, so no child survives this function.
HANDLE makeJob() {
  HANDLE job = CreateJobObjectW(nullptr, nullptr);
  if (job != nullptr) {
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits{};
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
    SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits);
  }
  return job;
}

}  // namespace

ProcessResult run(const std::vector<std::string>& arguments, std::chrono::milliseconds limit) {
  const auto deadline = Clock::now() + limit;
  if (arguments.empty()) {
    return notStarted(ERROR_FILE_NOT_FOUND);
  }
  Pipe output, error;
  SECURITY_ATTRIBUTES attributes = inheritable();
  const Handle input(CreateFileW(L"NUL", GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE,
                                 &attributes, OPEN_EXISTING, 0, nullptr));
  if (!input.isOpen() || !output.open() || !error.open()) {
    return notStarted(GetLastError());
  }
  const Handle job(makeJob());
  PROCESS_INFORMATION information{};
  {
    StartupInfo startup(input.get(), output.write.get(), error.write.get());
    std::wstring line = commandLine(arguments);
    // suspended until it is in the job, so that its own children are in the job as well
    const DWORD flags = CREATE_NO_WINDOW | CREATE_SUSPENDED | EXTENDED_STARTUPINFO_PRESENT;
    if (CreateProcessW(wide(arguments[0]).c_str(), &line[0], nullptr, nullptr, TRUE, flags, nullptr,
                       nullptr, &startup.info.StartupInfo, &information) == 0) {
      return notStarted(GetLastError());
    }
  }
  const Handle process(information.hProcess), thread(information.hThread);
  AssignProcessToJobObject(job.get(), process.get());
  ResumeThread(thread.get());
  output.write.close();
  error.write.close();

  ProcessResult result;
  result.timedOut = !collect(process.get(), output, error, deadline, result);
  if (result.timedOut) {
    TerminateJobObject(job.get(), kKilled);
    TerminateProcess(process.get(), kKilled);
    WaitForSingleObject(process.get(), INFINITE);
  }
  DWORD code = 0;
  GetExitCodeProcess(process.get(), &code);
  result.status = static_cast<int>(code);
  return result;
}

}  // namespace platform

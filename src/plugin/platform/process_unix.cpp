// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "platform/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <thread>

#ifdef __APPLE__
#include <crt_externs.h>  // a shared library has no `environ` of its own there
#define environ (*_NSGetEnviron())
#endif

namespace platform {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostBytesKept = std::size_t{1024} * 1024;

class FileDescriptor {
 public:
  FileDescriptor() = default;
  ~FileDescriptor() { close(); }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;

  int get() const { return fd_; }
  bool isOpen() const { return fd_ >= 0; }
  void close() {
    if (isOpen()) {
      ::close(fd_);
    }
    fd_ = -1;
  }
  // In a host without standard streams, a new pipe gets a number below 3, and the redirections of
  // the child would overwrite each other.
  bool adopt(int fd) {
    fd_ = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    const int error = errno;
    ::close(fd);
    errno = error;
    return isOpen();
  }

 private:
  int fd_ = -1;
};

struct Pipe {
  FileDescriptor read, write;

  bool open() {
    int ends[2];
#ifdef __APPLE__
    if (pipe(ends) != 0) {
      return false;  // no pipe2; POSIX_SPAWN_CLOEXEC_DEFAULT does the same for our child
    }
#else
    if (pipe2(ends, O_CLOEXEC) != 0) {
      return false;
    }
#endif
    const bool adopted = read.adopt(ends[0]);
    return write.adopt(ends[1]) && adopted && fcntl(read.get(), F_SETFL, O_NONBLOCK) == 0;
  }
};

// The attributes and redirections of posix_spawn, released together.
class SpawnSetup {
 public:
  SpawnSetup(const Pipe& output, const Pipe& error) {
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output.write.get(), STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, error.write.get(), STDERR_FILENO);

    posix_spawnattr_init(&attributes);
    sigset_t none, ordinary;
    sigemptyset(&none);
    sigfillset(&ordinary);
    sigdelset(&ordinary, SIGKILL);
    sigdelset(&ordinary, SIGSTOP);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &ordinary);
    posix_spawnattr_setpgroup(&attributes, 0);  // to kill the children of a shim as well
    int flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP;
#ifdef __APPLE__
    flags |= POSIX_SPAWN_CLOEXEC_DEFAULT;
#endif
    posix_spawnattr_setflags(&attributes, static_cast<short>(flags));
  }
  ~SpawnSetup() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  SpawnSetup(const SpawnSetup&) = delete;
  SpawnSetup& operator=(const SpawnSetup&) = delete;

  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
};

// Waits for the child exactly once, on every path.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  ~Child() { kill(); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  bool hasEnded() { return ended_ || reap(WNOHANG); }
  void kill() {
    if (hasEnded()) {
      return;
    }
    ::kill(-pid_, SIGKILL);
    ::kill(pid_, SIGKILL);
    reap(0);
  }
  int status() const {
    return WIFSIGNALED(status_) ? 128 + WTERMSIG(status_) : WEXITSTATUS(status_);
  }

 private:
  bool reap(int options) {
    pid_t pid;
    do {
      pid = waitpid(pid_, &status_, options);
    } while (pid < 0 && errno == EINTR);
    // ECHILD: the host ignores SIGCHLD, so the exit code is lost and counts as 0
    ended_ = pid != 0;
    return ended_;
  }

  pid_t pid_;
  int status_ = 0;
  bool ended_ = false;
};

// Reads without waiting; closes the descriptor at the end of the stream. The number of rounds is
// bounded so that endless output cannot delay the check of the deadline.
void drain(FileDescriptor& from, std::string& to) {
  std::array<char, 4096> buffer;
  for (int round = 0; from.isOpen() && round < 100; ++round) {
    const ssize_t count = read(from.get(), buffer.data(), buffer.size());
    if (count > 0) {
      const std::size_t room = kMostBytesKept - to.size();
      to.append(buffer.data(), std::min(room, static_cast<std::size_t>(count)));
    } else if (count < 0 && errno == EINTR) {
      continue;
    } else if (count < 0 && errno == EAGAIN) {
      return;
    } else {
      from.close();
    }
  }
}

// False if the deadline passed first.
bool collect(Child& child, Pipe& output, Pipe& error, Clock::time_point deadline,
             ProcessResult& result) {
  using std::chrono::milliseconds;
  // The streams normally close when the child exits. If it leaves a process behind that keeps them
  // open, the slices let this loop see that the child itself has exited.
  constexpr milliseconds kSlice(50), kExitPoll(1);
  for (bool ended = false; !ended;) {
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) {
      return false;
    }
    const bool open = output.read.isOpen() || error.read.isOpen();
    if (open) {
      pollfd polled[] = {{output.read.get(), POLLIN, 0}, {error.read.get(), POLLIN, 0}};
      const int count = poll(polled, 2, static_cast<int>(std::min(left, kSlice).count()));
      ended = count == 0 && child.hasEnded();
    } else {
      ended = child.hasEnded();
      if (!ended) {
        std::this_thread::sleep_for(kExitPoll);
      }
    }
    drain(output.read, result.output);
    drain(error.read, result.error);
  }
  return true;
}

ProcessResult notStarted(int error) {
  ProcessResult result;
  result.status = 127;
  result.error = std::strerror(error);
  return result;
}

}  // namespace

ProcessResult run(const std::vector<std::string>& arguments, std::chrono::milliseconds limit) {
  const auto deadline = Clock::now() + limit;
  if (arguments.empty()) {
    return notStarted(ENOENT);
  }
  Pipe output, error;
  if (!output.open() || !error.open()) {
    return notStarted(errno);
  }

  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (const std::string& argument : arguments) {
    argv.push_back(const_cast<char*>(argument.c_str()));
  }
  argv.push_back(nullptr);

  pid_t pid = 0;
  {
    const SpawnSetup setup(output, error);
    const int failure =
        posix_spawn(&pid, argv[0], &setup.actions, &setup.attributes, argv.data(), environ);
    if (failure != 0) {
      return notStarted(failure);
    }
  }
  output.write.close();
  error.write.close();

  Child child(pid);
  ProcessResult result;
  result.timedOut = !collect(child, output, error, deadline, result);
  if (result.timedOut) {
    child.kill();
  }
  result.status = child.status();
  return result;
}

}  // namespace platform

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "discovery/machine.hpp"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <vector>

namespace discovery {
namespace {

using Bytes = std::vector<unsigned char>;

std::uint32_t number(const Bytes& bytes, std::size_t offset, std::size_t size, bool bigEndian) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < size; ++i) {
    value = value << 8U | bytes[offset + (bigEndian ? i : size - 1 - i)];
  }
  return value;
}

struct Machine {
  std::uint32_t id;
  const char* name;
};

template <std::size_t count>
std::string nameOf(std::uint32_t id, const Machine (&machines)[count]) {
  for (const Machine& machine : machines) {
    if (machine.id == id) {
      return machine.name;
    }
  }
  return "machine type " + std::to_string(id);
}

#if defined(_WIN32)

// IMAGE_FILE_HEADER.Machine
constexpr Machine kMachines[] = {{0x8664, "x64"}, {0x014c, "x86"}, {0xaa64, "ARM64"}};
#if defined(_M_ARM64) || defined(__aarch64__)
constexpr Machine kOurs = kMachines[2];
#else
constexpr Machine kOurs = kMachines[sizeof(void*) == 8 ? 0 : 1];
#endif

std::string whyForeign(const Bytes& head) {
  constexpr std::size_t kHeaderAt = 0x3c;
  constexpr std::uint32_t kMz = 0x5a4d, kPe = 0x00004550;
  const char* const none = "is not a DLL";
  if (head.size() < kHeaderAt + 4 || number(head, 0, 2, false) != kMz) {
    return none;
  }
  const std::size_t header = number(head, kHeaderAt, 4, false);
  if (header + 6 > head.size() || number(head, header, 4, false) != kPe) {
    return none;
  }
  const std::uint32_t machine = number(head, header + 4, 2, false);
  if (machine == kOurs.id) {
    return {};
  }
  return "is a library for " + nameOf(machine, kMachines) + ", this process runs on " + kOurs.name;
}

#elif defined(__APPLE__)

#ifdef __aarch64__
constexpr std::uint32_t kCpuType = 0x0100000c;
constexpr const char* kMachine = "arm64";
#else
constexpr std::uint32_t kCpuType = 0x01000007;
constexpr const char* kMachine = "x86_64";
#endif

std::string whyForeign(const Bytes& head) {
  constexpr std::uint32_t kMachO64 = 0xfeedfacf, kFat = 0xcafebabe, kMostSlices = 8;
  constexpr std::size_t kFatHeader = 8, kFatEntry = 20;
  const std::string foreign = std::string("has no code for ") + kMachine;
  if (head.size() < kFatHeader) {
    return "is not a shared library";
  }
  if (number(head, 0, 4, false) == kMachO64) {
    return number(head, 4, 4, false) == kCpuType ? "" : foreign;
  }
  if (number(head, 0, 4, true) != kFat) {
    return "is not a shared library";
  }
  const std::uint32_t slices = number(head, 4, 4, true);
  for (std::uint32_t i = 0; i < slices && i < kMostSlices; ++i) {
    const std::size_t entry = kFatHeader + i * kFatEntry;
    if (entry + 4 <= head.size() && number(head, entry, 4, true) == kCpuType) {
      return {};
    }
  }
  return foreign;
}

#else  // ELF

// e_machine
constexpr Machine kMachines[] = {
    {62, "x86-64"},  {3, "x86"},    {183, "AArch64"}, {40, "ARM"},
    {243, "RISC-V"}, {21, "POWER"}, {22, "z/Series"}, {258, "LoongArch"},
};
#if defined(__x86_64__)
constexpr std::uint32_t kOurs = 62;
#elif defined(__i386__)
constexpr std::uint32_t kOurs = 3;
#elif defined(__aarch64__)
constexpr std::uint32_t kOurs = 183;
#elif defined(__arm__)
constexpr std::uint32_t kOurs = 40;
#elif defined(__riscv)
constexpr std::uint32_t kOurs = 243;
#elif defined(__powerpc64__)
constexpr std::uint32_t kOurs = 21;
#elif defined(__s390x__)
constexpr std::uint32_t kOurs = 22;
#elif defined(__loongarch__)
constexpr std::uint32_t kOurs = 258;
#else
constexpr std::uint32_t kOurs = 0;  // left to the loader
#endif

std::string whyForeign(const Bytes& head) {
  constexpr std::size_t kClass = 4, kOrder = 5, kMachine = 18;
  constexpr std::uint32_t kElf = 0x7f454c46;
  constexpr unsigned char kBits = sizeof(void*) == 8 ? 2 : 1;
  if (head.size() < kMachine + 2 || number(head, 0, 4, true) != kElf) {
    return "is not a shared library (not an ELF file)";
  }
  if (head[kClass] != kBits) {
    return "is a " + std::to_string(head[kClass] == 2 ? 64 : 32) +
           "-bit library, this process has " + std::to_string(kPointerBits) + " bits";
  }
  const std::uint32_t machine = number(head, kMachine, 2, head[kOrder] == 2);
  if (kOurs == 0 || machine == kOurs) {
    return {};
  }
  return "is a library for " + nameOf(machine, kMachines) + ", this process runs on " +
         nameOf(kOurs, kMachines);
}

#endif

}  // namespace

std::string whyNotLoadable(const std::string& path) {
  constexpr std::size_t kHead = 1024;
  std::ifstream file(std::filesystem::u8path(path), std::ios::binary);
  if (!file) {
    return "cannot be read";
  }
  Bytes head(kHead, 0);
  file.read(reinterpret_cast<char*>(head.data()), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(file.gcount()));
  return whyForeign(head);
}

}  // namespace discovery

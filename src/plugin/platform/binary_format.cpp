// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "platform/binary_format.hpp"

#include <filesystem>
#include <fstream>
#include <set>

#include "platform/shared_library.hpp"

namespace platform {
namespace {

constexpr std::size_t kHeaderSize = 1024;  // the fields below are within this size

std::size_t byteAt(const std::string& header, std::size_t offset) {
  return static_cast<unsigned char>(header[offset]);
}

std::set<std::string> processorOfPe(const std::string& header) {
  constexpr std::size_t kOffset = 0x3c, kMachine = 4, kMachineSize = 2;
  const std::size_t start = byteAt(header, kOffset) | byteAt(header, kOffset + 1) << 8U;
  const std::string magic("PE\0\0", kMachine);
  if (start + kMachine + kMachineSize > header.size() ||
      header.compare(start, magic.size(), magic) != 0) {
    return {};
  }
  return {header.substr(start + kMachine, kMachineSize)};
}

std::set<std::string> processorsOfUniversal(const std::string& header) {
  constexpr std::size_t kCount = 7, kFirst = 8, kEntrySize = 20, kCpuTypeSize = 4;
  std::set<std::string> processors;
  for (std::size_t i = 0, at = kFirst;
       i < byteAt(header, kCount) && at + kCpuTypeSize <= header.size(); ++i, at += kEntrySize) {
    const std::string bigEndian = header.substr(at, kCpuTypeSize);
    processors.emplace(bigEndian.rbegin(), bigEndian.rend());
  }
  return processors;
}

// The header fields that identify the processor, one string for each processor in the file.
// Empty if the file is not an executable format.
std::set<std::string> processorsOf(const std::string& header) {
  constexpr std::size_t kElfClassAndOrder = 4, kElfMachine = 18, kMachoCpuType = 4;
  const auto beginsWith = [&header](const char* magic) { return header.rfind(magic, 0) == 0; };
  if (beginsWith("\x7f"
                 "ELF")) {
    return {header.substr(kElfClassAndOrder, 2) + header.substr(kElfMachine, 2)};
  }
  if (beginsWith("MZ")) {
    return processorOfPe(header);
  }
  if (beginsWith("\xcf\xfa\xed\xfe")) {  // Mach-O, 64 bits
    return {header.substr(kMachoCpuType, 4)};
  }
  if (beginsWith("\xca\xfe\xba\xbe")) {
    return processorsOfUniversal(header);
  }
  return {};
}

}  // namespace

std::string whyNotLoadable(const std::string& path) {
  std::ifstream file(std::filesystem::u8path(path), std::ios::binary);
  if (!file) {
    return "cannot be read";
  }
  std::string header(kHeaderSize, '\0');
  file.read(&header[0], static_cast<std::streamsize>(header.size()));
  const std::set<std::string> processors = processorsOf(header);
  if (processors.empty()) {
    return "is not a shared library";
  }
  for (const std::string& own : processorsOf(std::string(ownHeader(), kHeaderSize))) {
    if (processors.count(own) != 0) {
      return {};
    }
  }
  return "is built for another processor than this process, which has " +
         std::to_string(sizeof(void*) * 8) + " bits";
}

}  // namespace platform

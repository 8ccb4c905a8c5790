// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "discovery/abi.hpp"

#include <cctype>
#include <cstring>
#include <filesystem>

namespace discovery {
namespace {

constexpr const char* kUnixPrefix = "libpython3.";
constexpr const char* kWindowsPrefix = "python3";
constexpr const char* kVersionPrefix = "3.";

std::optional<Abi> abiOfDll(const std::string& name) {
  std::size_t position = std::strlen(kWindowsPrefix);
  std::optional<Abi> abi = parseAbi(name, position);
  if (abi) {
    abi->debug = name.compare(position, std::string::npos, "_d.dll") == 0;
  }
  return abi;
}

// macOS: Python.framework/Versions/3.13/Python, PythonT.framework/Versions/3.13/PythonT
std::optional<Abi> abiOfFramework(const std::string& name, const std::string& version) {
  if (version.rfind(kVersionPrefix, 0) != 0) {
    return std::nullopt;
  }
  std::size_t position = std::strlen(kVersionPrefix);
  std::optional<Abi> abi = parseAbi(version, position);
  if (abi && name == "PythonT") {
    abi->freeThreaded = true;
  }
  return abi;
}

}  // namespace

std::string name(const Abi& abi) {
  return "3." + std::to_string(abi.minor) + (abi.freeThreaded ? "t" : "") + (abi.debug ? "d" : "");
}

std::string describe(const Abi& wanted) {
  if (wanted.minor == 0) {
    return "CPython 3." + std::to_string(kOldestMinor) + " or later";
  }
  return "CPython " + name(wanted);
}

bool accepts(const Abi& wanted, const Abi& actual) {
  if (wanted.minor == 0) {
    return actual.minor >= kOldestMinor;
  }
  return wanted.minor == actual.minor && wanted.freeThreaded == actual.freeThreaded &&
         wanted.debug == actual.debug;
}

std::optional<Abi> parseAbi(const std::string& text, std::size_t& position) {
  constexpr std::size_t kMostDigits = 3;
  const std::size_t start = position;
  Abi abi;
  const auto isDigit = [&text](std::size_t i) {
    return i < text.size() && std::isdigit(static_cast<unsigned char>(text[i])) != 0;
  };
  while (isDigit(position) && position - start < kMostDigits) {
    abi.minor = abi.minor * 10 + (text[position++] - '0');
  }
  if (position == start) {
    return std::nullopt;
  }
  const auto flag = [&text, &position](char letter) {
    const bool present = position < text.size() && text[position] == letter;
    if (present) {
      ++position;
    }
    return present;
  };
  abi.freeThreaded = flag('t');
  abi.debug = flag('d');
  return abi;
}

std::optional<Abi> abiOfLibrary(const std::string& path) {
  const std::filesystem::path file = std::filesystem::u8path(path);
  const std::string name = file.filename().u8string();
  if (name.rfind(kUnixPrefix, 0) == 0) {
    std::size_t position = std::strlen(kUnixPrefix);
    return parseAbi(name, position);
  }
  if (name.rfind(kWindowsPrefix, 0) == 0 && file.extension() == ".dll") {
    return abiOfDll(name);
  }
  if (name == "Python" || name == "PythonT") {
    return abiOfFramework(name, file.parent_path().filename().u8string());
  }
  return std::nullopt;
}

}  // namespace discovery

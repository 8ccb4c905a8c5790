// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "discovery/candidates.hpp"

#include <windows.h>

#include <algorithm>
#include <filesystem>
#include <tuple>
#include <utility>

#include "discovery/virtual_env.hpp"
#include "platform/files.hpp"
#include "platform/registry_windows.hpp"
#include "platform/utf16_windows.hpp"

namespace discovery {
namespace {

using platform::RegistryKey;

struct RegistryView {
  const char* name;
  HKEY root;
  REGSAM access;
};

// HKEY_CURRENT_USER has only one view.
const RegistryView kViews[] = {
    {"the registry, HKEY_CURRENT_USER", HKEY_CURRENT_USER, 0},
    {"the registry, HKEY_LOCAL_MACHINE, 64-bit", HKEY_LOCAL_MACHINE, KEY_WOW64_64KEY},
    {"the registry, HKEY_LOCAL_MACHINE, 32-bit", HKEY_LOCAL_MACHINE, KEY_WOW64_32KEY},
};

struct Entry {
  int minor;           // 0: unknown
  bool fromPythonOrg;  // or from an installer that claims to be python.org's
  std::string path;
};

// Checks the minor version only: the interpreter itself reports the rest.
bool mayBeAccepted(int minor, const Abi& wanted) {
  return wanted.minor == 0 ? minor >= kOldestMinor : minor == wanted.minor;
}

int minorOf(const RegistryKey& tag) {
  const std::string version = tag.text(L"SysVersion"), prefix = "3.";
  if (version.rfind(prefix, 0) != 0) {
    return 0;
  }
  std::size_t position = prefix.size();
  return parseAbi(version, position).value_or(Abi{}).minor;
}

void collect(const RegistryKey& tag, bool fromPythonOrg, const Abi& wanted,
             std::vector<Entry>& entries) {
  const RegistryKey install = tag.open(L"InstallPath");
  const int minor = minorOf(tag);
  if (minor != 0 && !mayBeAccepted(minor, wanted)) {
    return;
  }
  const std::string program = install.text(L"ExecutablePath"), folder = install.text(nullptr);
  if (!program.empty()) {
    entries.push_back({minor, fromPythonOrg, program});
  } else if (!folder.empty()) {
    entries.push_back({minor, fromPythonOrg, platform::join(folder, interpreterNames({}).front())});
  }
}

std::vector<Entry> entriesOf(const RegistryView& view, const Abi& wanted) {
  std::vector<Entry> entries;
  const RegistryKey python(view.root, L"SOFTWARE\\Python", view.access);
  for (const std::wstring& company : python.names()) {
    if (company == L"PyLauncher") {
      continue;  // not a Python
    }
    const RegistryKey tags = python.open(company);
    for (const std::wstring& tag : tags.names()) {
      collect(tags.open(tag), company == L"PythonCore", wanted, entries);
    }
  }
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::make_tuple(-a.minor, !a.fromPythonOrg) <
           std::make_tuple(-b.minor, !b.fromPythonOrg);
  });
  return entries;
}

// The Pythons that installers have registered (PEP 514).
std::vector<Candidate> registered(const Abi& wanted) {
  std::vector<Candidate> candidates;
  for (const RegistryView& view : kViews) {
    for (Entry& entry : entriesOf(view, wanted)) {
      candidates.push_back({view.name, std::move(entry.path)});
    }
  }
  return candidates;
}

// The interpreters in folder\<prefix>N..., the newest first. The prefix ends with "3.".
std::vector<Candidate> inVersionedFolders(const std::string& source, const std::string& folder,
                                          const std::string& prefix, const Abi& wanted) {
  std::vector<std::pair<int, Candidate>> found;
  std::error_code error;
  for (std::filesystem::directory_iterator at(std::filesystem::u8path(folder), error), end;
       !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().u8string();
    if (name.rfind(prefix, 0) != 0) {
      continue;
    }
    std::size_t position = prefix.size();
    const std::optional<Abi> abi = parseAbi(name, position);
    const std::string interpreter = interpreterIn(at->path().u8string(), wanted);
    if (abi && mayBeAccepted(abi->minor, wanted) && !interpreter.empty()) {
      found.push_back({-abi->minor, {source, interpreter}});
    }
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<Candidate> candidates;
  candidates.reserve(found.size());
  for (auto& [rank, candidate] : found) {
    candidates.push_back(std::move(candidate));
  }
  return candidates;
}

std::string programPath() {
  constexpr DWORD kLongest = 32768;
  std::wstring path(kLongest, L'\0');
  path.resize(GetModuleFileNameW(nullptr, &path[0], kLongest));
  return platform::utf8(path);
}

}  // namespace

std::vector<std::string> standardFolders() {
  return {};  // Windows has the registry instead
}

std::vector<Candidate> candidatesBeside(const std::string& pluginPath, const Abi& wanted) {
  std::vector<Candidate> candidates;
  const auto add = [&](const char* source, const std::string& file) {
    const std::string folder = std::filesystem::u8path(file).parent_path().u8string();
    for (const std::string& place : {folder, platform::join(folder, "python")}) {
      for (const std::string& name : interpreterNames(wanted)) {
        const std::string path = platform::join(place, name);
        if (platform::isFile(path)) {
          candidates.push_back({source, path});
        }
      }
    }
  };
  add("the folder of the plugin", pluginPath);
  add("the folder of Orthanc", programPath());
  return candidates;
}

std::vector<Candidate> knownLocations(const Abi& wanted) {
  std::vector<Candidate> candidates = registered(wanted);
  const std::string data = platform::environmentVariable("LOCALAPPDATA");
  if (data.empty()) {
    return candidates;
  }
  const auto add = [&](const char* source, const char* folder, const char* prefix) {
    for (Candidate& candidate :
         inVersionedFolders(source, platform::join(data, folder), prefix, wanted)) {
      candidates.push_back(std::move(candidate));
    }
  };
  // both install for one user and register nothing: Python\pythoncore-3.14-64\python.exe,
  // Microsoft\WindowsApps\PythonSoftwareFoundation.Python.3.13_qbz...\python.exe
  add("the Python install manager", "Python", "pythoncore-3.");
  add("the Microsoft Store", "Microsoft\\WindowsApps", "PythonSoftwareFoundation.Python.3.");
  return candidates;
}

}  // namespace discovery

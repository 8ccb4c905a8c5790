// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "discovery/registry_windows.hpp"

#include <windows.h>

#include <algorithm>
#include <optional>
#include <tuple>

#include "discovery/abi.hpp"
#include "discovery/layout.hpp"
#include "platform/files.hpp"
#include "platform/utf16_windows.hpp"

namespace discovery {
namespace {

struct View {
  const char* name;
  HKEY root;
  REGSAM access;
};

// The views of HKEY_CURRENT_USER are one and the same.
const View kViews[] = {
    {"the registry, HKEY_CURRENT_USER", HKEY_CURRENT_USER, 0},
    {"the registry, HKEY_LOCAL_MACHINE, 64-bit", HKEY_LOCAL_MACHINE, KEY_WOW64_64KEY},
    {"the registry, HKEY_LOCAL_MACHINE, 32-bit", HKEY_LOCAL_MACHINE, KEY_WOW64_32KEY},
};

class Key {
 public:
  Key(HKEY parent, const std::wstring& name, REGSAM access) : access_(access) {
    if (RegOpenKeyExW(parent, name.c_str(), 0, KEY_READ | access, &key_) != ERROR_SUCCESS) {
      key_ = nullptr;
    }
  }
  ~Key() {
    if (key_ != nullptr) {
      RegCloseKey(key_);
    }
  }
  Key(const Key&) = delete;
  Key& operator=(const Key&) = delete;

  Key open(const std::wstring& name) const { return Key(key_, name, access_); }

  std::vector<std::wstring> names() const {
    constexpr DWORD kLongest = 256;  // of a key's name, with the zero
    std::vector<std::wstring> result;
    wchar_t name[kLongest];
    for (DWORD index = 0, size = kLongest;
         key_ != nullptr && RegEnumKeyExW(key_, index, name, &size, nullptr, nullptr, nullptr,
                                          nullptr) == ERROR_SUCCESS;
         ++index, size = kLongest) {
      result.emplace_back(name, size);
    }
    return result;
  }

  // The string of this name, "" if there is none; nullptr names the default value.
  std::string text(const wchar_t* name) const {
    DWORD bytes = 0;
    if (key_ == nullptr || RegGetValueW(key_, nullptr, name, RRF_RT_REG_SZ, nullptr, nullptr,
                                        &bytes) != ERROR_SUCCESS) {
      return {};
    }
    std::wstring value(bytes / sizeof(wchar_t) + 1, L'\0');
    bytes = static_cast<DWORD>(value.size() * sizeof(wchar_t));
    if (RegGetValueW(key_, nullptr, name, RRF_RT_REG_SZ, nullptr, &value[0], &bytes) !=
        ERROR_SUCCESS) {
      return {};
    }
    value.resize(value.find(L'\0'));
    return platform::utf8(value);
  }

 private:
  HKEY key_ = nullptr;
  REGSAM access_;
};

struct Entry {
  int minor;      // 0: the registry does not say
  bool standard;  // of python.org
  std::string path;
};

std::optional<Abi> versionOf(const Key& tag) {
  const std::string version = tag.text(L"SysVersion"), prefix = "3.";
  if (version.compare(0, prefix.size(), prefix) != 0) {
    return std::nullopt;
  }
  std::size_t position = prefix.size();
  return parseAbi(version, position);
}

void collect(const Key& tag, bool standard, const Abi& wanted, std::vector<Entry>& entries) {
  const Key install = tag.open(L"InstallPath");
  const std::optional<Abi> version = versionOf(tag);
  const int minor = version ? version->minor : 0;
  // the rest, such as the flag "free-threaded", is left to the interpreter's own answer
  const bool possible =
      minor == 0 || (wanted.minor == 0 ? minor >= kOldestMinor : minor == wanted.minor);
  if (!possible) {
    return;
  }
  const std::string program = install.text(L"ExecutablePath"), folder = install.text(nullptr);
  if (!program.empty()) {
    entries.push_back({minor, standard, program});
  } else if (!folder.empty()) {
    entries.push_back({minor, standard, platform::join(folder, interpreterNames({}).front())});
  }
}

std::vector<Entry> entriesOf(const View& view, const Abi& wanted) {
  std::vector<Entry> entries;
  const Key python(view.root, L"SOFTWARE\\Python", view.access);
  for (const std::wstring& company : python.names()) {
    if (company == L"PyLauncher") {
      continue;  // not a Python
    }
    const Key tags = python.open(company);
    for (const std::wstring& tag : tags.names()) {
      collect(tags.open(tag), company == L"PythonCore", wanted, entries);
    }
  }
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::make_tuple(-a.minor, !a.standard) < std::make_tuple(-b.minor, !b.standard);
  });
  return entries;
}

}  // namespace

std::vector<Candidate> registeredPythons(const Abi& wanted) {
  std::vector<Candidate> places;
  for (const View& view : kViews) {
    for (Entry& entry : entriesOf(view, wanted)) {
      places.push_back({view.name, std::move(entry.path)});
    }
  }
  return places;
}

}  // namespace discovery

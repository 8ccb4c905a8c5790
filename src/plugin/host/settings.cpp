// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "host/settings.hpp"

#include <algorithm>
#include <memory>
#include <numeric>
#include <set>
#include <utility>

#include "host/context.hpp"
#include "yyjson.h"

namespace host {

namespace {

// In lower case, without "_", "-" and similar characters
std::string lettersOf(const std::string& text) {
  std::string letters;
  for (const char c : text) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (lower >= 'a' && lower <= 'z') {
      letters += lower;
    }
  }
  return letters;
}

// The number of letters to change, insert or remove to turn one word into the other
std::size_t editDistance(const std::string& from, const std::string& to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 0; j < to.size(); ++j) {
      const std::size_t replaced = diagonal + (from[i] == to[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

std::size_t differences(const std::string& one, const std::string& other) {
  return editDistance(lettersOf(one), lettersOf(other));
}

// Whether `name` is a misspelling of `known`
bool resembles(const std::string& name, const std::string& known) {
  return differences(name, known) <= known.size() / 3;
}

class Section {
 public:
  // `prefix` is how messages name the options: "" or "Python."
  Section(yyjson_val* object, std::string prefix) : object_(object), prefix_(std::move(prefix)) {}

  bool has(const char* key) const { return find(key) != nullptr; }

  std::string text(const char* key) const {
    yyjson_val* value = find(key);
    if (value == nullptr) {
      return {};
    }
    require(yyjson_is_str(value), key, "a string");
    return {yyjson_get_str(value), yyjson_get_len(value)};
  }

  // Leaves out elements that are not strings: Orthanc checks its own options
  std::vector<std::string> texts(const char* key) const {
    std::vector<std::string> result;
    yyjson_arr_iter iterator = yyjson_arr_iter_with(find(key));
    while (yyjson_val* value = yyjson_arr_iter_next(&iterator)) {
      if (yyjson_is_str(value)) {
        result.emplace_back(yyjson_get_str(value), yyjson_get_len(value));
      }
    }
    return result;
  }

  std::vector<std::string> list(const char* key) const {
    yyjson_val* value = find(key);
    std::vector<std::string> result = texts(key);
    require(value == nullptr || (yyjson_is_arr(value) && result.size() == yyjson_arr_size(value)),
            key, "a list of strings");
    return result;
  }

  bool boolean(const char* key, bool otherwise = false) const {
    yyjson_val* value = find(key);
    if (value == nullptr) {
      return otherwise;
    }
    require(yyjson_is_bool(value), key, "a Boolean");
    return yyjson_get_bool(value);
  }

  // 0 for anything else: Orthanc checks its own options
  std::uint64_t positive(const char* key) const {
    yyjson_val* value = find(key);
    return yyjson_is_uint(value) ? yyjson_get_uint(value) : 0;
  }

  double seconds(const char* key, double otherwise) const {
    yyjson_val* value = find(key);
    if (value == nullptr) {
      return otherwise;
    }
    require(yyjson_is_num(value) && yyjson_get_num(value) >= 0, key, "a number of seconds");
    return yyjson_get_num(value);
  }

  Section section(const char* key) const {
    yyjson_val* value = find(key);
    if (value != nullptr && !yyjson_is_obj(value)) {
      throw SettingsError("The configuration section \"" + prefix_ + key +
                          "\" is not an associative array as expected");
    }
    return {value, prefix_ + key + "."};
  }

  std::string choice(const char* key, const std::vector<std::string>& choices) const {
    if (!has(key)) {
      return choices.front();
    }
    std::string chosen = text(key);
    if (std::find(choices.begin(), choices.end(), chosen) == choices.end()) {
      std::string expected;
      for (const std::string& value : choices) {
        expected += (expected.empty() ? "\"" : ", \"") + value + "\"";
      }
      throw SettingsError("The configuration option \"" + prefix_ + key + "\" must be one of " +
                          expected + ", not \"" + chosen + "\"");
    }
    return chosen;
  }

  // A message for each option that begins with `start` and is not known
  void listUnknown(const std::string& start, std::vector<std::string>& messages) const {
    for (const std::string& name : names()) {
      if (name.rfind(start, 0) == 0 && known_.count(name) == 0) {
        messages.push_back("The Python plugin ignores the configuration option \"" + prefix_ +
                           name + "\", which it does not know" + suggestion(name));
      }
    }
  }

  // Throws if an option looks like `key`, or is `key` where it has no effect.
  void refuseMisspelled(const char* key, bool effective) const {
    for (const std::string& name : names()) {
      if ((name != key || !effective) && resembles(name, key)) {
        throw SettingsError("The configuration option \"" + prefix_ + name +
                            "\" does not exist: it must be \"" + key +
                            "\" in the section \"Python\"");
      }
    }
  }

 private:
  std::vector<std::string> names() const {
    std::vector<std::string> result;
    yyjson_obj_iter iterator = yyjson_obj_iter_with(object_);
    while (yyjson_val* name = yyjson_obj_iter_next(&iterator)) {
      result.emplace_back(yyjson_get_str(name), yyjson_get_len(name));
    }
    return result;
  }

  std::string suggestion(const std::string& name) const {
    const auto nearest =
        std::min_element(known_.begin(), known_.end(), [&](const auto& one, const auto& other) {
          return differences(name, one) < differences(name, other);
        });
    const bool similar = nearest != known_.end() && resembles(name, *nearest);
    return similar ? ": did you mean \"" + prefix_ + *nearest + "\"?" : "";
  }

  yyjson_val* find(const char* key) const {
    known_.insert(key);
    return object_ == nullptr ? nullptr : yyjson_obj_get(object_, key);
  }

  void require(bool condition, const char* key, const char* type) const {
    if (!condition) {
      throw SettingsError("The configuration option \"" + prefix_ + key + "\" is not " + type +
                          " as expected");
    }
  }

  yyjson_val* object_;
  std::string prefix_;
  mutable std::set<std::string> known_;  // the options that this plugin knows
};

// If this option is misspelled, Orthanc would store DICOM instances that it should refuse.
constexpr const char* kRefuseInstance = "RefuseInstanceOnException";

}  // namespace

Settings parseSettings(const std::string& configuration) {
  yyjson_read_err error{};
  const std::unique_ptr<yyjson_doc, void (*)(yyjson_doc*)> document(
      yyjson_read_opts(const_cast<char*>(configuration.data()), configuration.size(),
                       YYJSON_READ_ALLOW_INVALID_UNICODE, nullptr, &error),
      yyjson_doc_free);
  if (document == nullptr || !yyjson_is_obj(yyjson_doc_get_root(document.get()))) {
    throw SettingsError(std::string("Orthanc's configuration cannot be parsed: ") +
                        (error.msg != nullptr ? error.msg : "not a JSON object"));
  }
  const Section root(yyjson_doc_get_root(document.get()), "");
  const Section python = root.section("Python");

  Settings settings;
  const bool pathGiven = python.has("Path");
  settings.scripts = python.list("Scripts");
  settings.scriptGiven = root.has("PythonScript") || pathGiven || !settings.scripts.empty();
  settings.script = root.has("PythonScript") ? root.text("PythonScript") : python.text("Path");
  const bool verboseAtRoot = root.boolean("PythonVerbose");
  settings.verbose = python.boolean("Verbose") || verboseAtRoot;
  settings.displayMemoryUsage = python.boolean("DisplayMemoryUsage");
  python.boolean("AllowThreads");  // threads always run; only the type is checked
  settings.executable = python.text("Executable");
  settings.virtualEnv = python.text("VirtualEnv");
  settings.library = python.text("Library");
  settings.stopTimeout = python.seconds("StopTimeout", settings.stopTimeout);
  settings.watchdog = python.seconds("Watchdog", settings.watchdog);
  settings.metrics = python.boolean("Metrics", settings.metrics);
  settings.statusPage = python.boolean("StatusPage");
  settings.statusPageReload = python.boolean("StatusPageReload");
  settings.refuseInstanceOnException = python.boolean(kRefuseInstance);
  settings.maximumBodyMegabytes = root.positive("MaximumRequestBodySizeMB");
  settings.plugins = root.texts("Plugins");
  root.refuseMisspelled(kRefuseInstance, false);
  python.refuseMisspelled(kRefuseInstance, true);
  settings.output = python.choice("Output", {"auto", "stdout", "log", "both"});
  python.listUnknown("", settings.warnings);
  root.listUnknown("Python", settings.warnings);
  return settings;
}

std::string readConfiguration() {
  char* text = nullptr;
  _OrthancPluginRetrieveDynamicString parameters{};
  parameters.result = &text;
  if (invoke(_OrthancPluginService_GetConfiguration, &parameters) !=
          OrthancPluginErrorCode_Success ||
      text == nullptr) {
    throw SettingsError("Orthanc does not return its configuration");
  }
  std::string result = text;
  release(text);
  return result;
}

}  // namespace host

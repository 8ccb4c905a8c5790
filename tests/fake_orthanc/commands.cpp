// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "commands.hpp"

#include <algorithm>
#include <atomic>
#include <iostream>
#include <set>
#include <sstream>

#include "callback_kinds.hpp"
#include "dicom_objects.hpp"
#include "enumerators.hpp"
#include "faults.hpp"
#include "images.hpp"
#include "jobs.hpp"
#include "memory.hpp"
#include "output.hpp"
#include "rest.hpp"
#include "services.hpp"
#include "small_threads.hpp"

namespace {

json::Object result(const char* command) {
  return json::Object().add("result", command);
}

// The rest of the line, without the leading blank
std::string remainder(std::istream& words) {
  std::string text;
  std::getline(words >> std::ws, text);
  return text;
}

// The bytes for a callback; "|" stands for NUL
std::string data(std::istream& words) {
  std::string text = remainder(words);
  std::replace(text.begin(), text.end(), '|', '\0');
  return text;
}

void request(std::istream& words, bool claims) {
  std::string length, method, uri;
  if (claims) {
    words >> length;
  }
  words >> method >> uri;
  rest::Request asked{method, uri, remainder(words), {}, {}, false};
  if (claims) {
    asked.headerKeys.add("content-length");
    asked.headerValues.add(length);
  }
  const Answer answer = rest::call(asked);
  json::Object headers;
  for (const auto& [key, value] : answer.headers) {
    headers.add(key, value);
  }
  say(result("rest")
          .add("code", answer.code)
          .add("status", answer.status)
          .add("mime", answer.mime)
          .add("body", answer.body)
          .add("headers", headers));
}

void requestInChunks(std::istream& words) {
  std::uint32_t claimed = 0;
  std::string method, uri;
  words >> claimed >> method >> uri;
  rest::Request asked{method, uri, remainder(words), {}, {}, false};
  asked.headerKeys.add("transfer-encoding");
  asked.headerValues.add("chunked");
  const Answer answer = rest::callInChunks(asked, claimed);
  say(result("chunks")
          .add("code", answer.code)
          .add("status", answer.status)
          .add("body", answer.body));
}

Answer get(const std::string& uri) {
  rest::Request request{"GET", uri, "", {}, {}, false};
  return rest::call(request);
}

void requestByThreads(std::istream& words) {
  int count = 0, requests = 0;
  std::string uri;
  words >> count >> requests >> uri;
  const Answer first = get(uri);
  std::atomic<int> good{0}, bad{0};
  small_threads::run(count, [&](int) {
    for (int k = 0; k < requests; ++k) {
      const Answer answer = get(uri);
      const bool same = answer.code == first.code && answer.body == first.body;
      ++(same ? good : bad);
    }
  });
  say(result("threads")
          .add("good", good.load())
          .add("bad", bad.load())
          .add("code", first.code)
          .add("body", first.body));
}

void callback(std::istream& words) {
  std::string name;
  words >> name;
  say(result("callback").add("answer", callback_kinds::call(name, data(words))));
}

void callbackOnSmallThread(std::istream& words) {
  std::string name;
  words >> name;
  const std::string bytes = data(words);
  std::string answer;
  small_threads::run(1, [&](int) { answer = callback_kinds::call(name, bytes); });
  say(result("small").add("answer", answer));
}

void callbacksByThreads(std::istream& words) {
  int count = 0, calls = 0;
  words >> count >> calls;
  std::atomic<int> good{0};
  small_threads::run(count, [&](int number) {
    for (int k = 0; k < calls; ++k) {
      for (const std::string& name : callback_kinds::names()) {
        good += callback_kinds::call(name, std::to_string(number) + " " + std::to_string(k)).empty()
                    ? 0
                    : 1;
      }
      services::signalChange(OrthancPluginChangeType_StableStudy, OrthancPluginResourceType_Study,
                             std::to_string(number));
    }
  });
  say(result("race").add("good", good.load()));
}

// Repeats a call; each time a later service or allocation that the call needs fails.
void disturb(const char* command, std::istream& words, void (*arm)(long, bool), long (*disarm)()) {
  constexpr long most = 100000;
  std::string name, extent;
  words >> extent >> name;
  const std::string bytes = data(words);
  const std::string before = callback_kinds::call(name, bytes);
  long runs = 0;
  std::set<std::string> answers;
  for (long reached = 0; reached == runs && runs < most; reached = disarm()) {
    arm(++runs, extent == "all");
    answers.insert(callback_kinds::call(name, bytes));
  }
  std::string lines;
  for (const std::string& answer : answers) {
    lines += answer + "\n";
  }
  say(result(command)
          .add("runs", runs - 1)
          .add("before", before)
          .add("answers", lines)
          .add("after", callback_kinds::call(name, bytes)));
}

void withoutThreads(std::istream& words) {
  std::string name;
  words >> name;
  const std::string bytes = data(words);
  faults::failThreads(true);
  const std::string answer = callback_kinds::call(name, bytes);
  faults::failThreads(false);
  say(result("threadless").add("answer", answer));
}

void sayAlive() {
  say(result("alive")
          .add("images", images::alive())
          .add("blocks", memory::alive())
          .add("jobs", jobs::alive())
          .add("instances", dicom::alive()));
}

void change(std::istream& words) {
  int type = 0, level = OrthancPluginResourceType_None;
  words >> type >> level;
  services::signalChange(static_cast<OrthancPluginChangeType>(type),
                         static_cast<OrthancPluginResourceType>(level), remainder(words));
  say(result("change"));
}

void useNewerEnumerator(std::istream& words) {
  int number = 0;
  words >> number;
  newerEnumerator = number;
  say(result("newer"));
}

}  // namespace

Commands::Commands(std::string pluginPath, OrthancPluginContext* context)
    : path_(std::move(pluginPath)), context_(context) {}

std::int32_t Commands::tryToStart(std::string& error) {
  std::int32_t code = 0;
  try {
    plugin_ = std::make_unique<Plugin>(path_);
    code = plugin_->initialize(context_);
  } catch (const PluginError& problem) {
    code = -1;
    error = problem.what();
  }
  if (code != 0) {
    services::forget();
    plugin_.reset();
  } else {
    services::signalChange(OrthancPluginChangeType_OrthancStarted, OrthancPluginResourceType_None,
                           "");
  }
  return code;
}

bool Commands::start() {
  std::string error;
  const std::int32_t code = tryToStart(error);
  say(result("start").add("code", code).add("error", error));
  return code == 0;
}

// Each time a later service fails during the start. Orthanc itself would exit after a refusal.
void Commands::startWithErrors() {
  std::string error;
  long runs = 0, refused = 0;
  for (long reached = 0; reached == runs; reached = faults::servicesReached()) {
    stop();
    faults::failService(++runs, false);
    refused += tryToStart(error) == 0 ? 0 : 1;
  }
  say(result("starts").add("runs", runs - 1).add("refused", refused).add("error", error));
}

void Commands::finalize() {
  if (plugin_ && !finalized_) {
    services::signalChange(OrthancPluginChangeType_OrthancStopped, OrthancPluginResourceType_None,
                           "");
    plugin_->finalize();
    finalized_ = true;
  }
}

void Commands::stop() {
  if (plugin_) {
    finalize();
    services::forget();
    plugin_.reset();
    finalized_ = false;
  }
}

bool Commands::execute(const std::string& line) {
  std::istringstream words(line);
  std::string command;
  words >> command;
  if (command == "rest") {
    request(words, false);
  } else if (command == "chunks") {
    requestInChunks(words);
  } else if (command == "claim") {
    request(words, true);
  } else if (command == "threads") {
    requestByThreads(words);
  } else if (command == "change") {
    change(words);
  } else if (command == "newer") {
    useNewerEnumerator(words);
  } else if (command == "alive") {
    sayAlive();
  } else if (command == "callback") {
    callback(words);
  } else if (command == "small") {
    callbackOnSmallThread(words);
  } else if (command == "race") {
    callbacksByThreads(words);
  } else if (command == "errors") {
    disturb("errors", words, faults::failService, faults::servicesReached);
  } else if (command == "exceptions") {
    disturb("exceptions", words, faults::throwFromService, faults::servicesReached);
  } else if (command == "foreign-exceptions") {
    disturb("foreign-exceptions", words, faults::throwForeignFromService, faults::servicesReached);
  } else if (command == "fail-allocations") {
    disturb("fail-allocations", words, faults::failAllocation, faults::allocationsReached);
  } else if (command == "threadless") {
    withoutThreads(words);
  } else if (command == "threadless-start") {
    stop();
    std::string error;
    faults::failThreads(true);
    const std::int32_t code = tryToStart(error);
    faults::failThreads(false);
    say(result("threadless-start").add("code", code).add("error", error));
  } else if (command == "starts") {
    startWithErrors();
  } else if (command == "finalize") {
    finalize();
    say(result("finalize"));
  } else if (command == "reset") {
    stop();
    return start();
  } else if (command == "stop") {
    return false;
  } else {
    say(result("error").add("error", "Not a command: " + line));
  }
  return true;
}

void Commands::run() {
  std::string line;
  while (std::getline(std::cin, line)) {
    if (!line.empty() && line.back() == '\r') {
      line.pop_back();
    }
    if (!execute(line)) {
      return;
    }
  }
}

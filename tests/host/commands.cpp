// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "commands.hpp"

#include <atomic>
#include <iostream>
#include <sstream>
#include <thread>
#include <vector>

#include "images.hpp"
#include "output.hpp"
#include "rest.hpp"
#include "services.hpp"

namespace {

JsonObject result(const char* command) {
  return JsonObject().add("result", command);
}

// What follows in the line, without the blank in front
std::string remainder(std::istream& words) {
  std::string text;
  std::getline(words >> std::ws, text);
  return text;
}

void request(std::istream& words) {
  std::string method, uri;
  words >> method >> uri;
  const Answer answer = rest::call(method, uri, remainder(words));
  JsonObject headers;
  for (const auto& [key, value] : answer.headers) {
    headers.add(key.c_str(), value);
  }
  say(result("rest")
          .add("code", answer.code)
          .add("status", answer.status)
          .add("mime", answer.mime)
          .add("body", answer.body)
          .addObject("headers", headers));
}

void requestByThreads(std::istream& words) {
  int count = 0, requests = 0;
  std::string uri;
  words >> count >> requests >> uri;
  const Answer first = rest::call("GET", uri, "");
  std::atomic<int> good{0}, bad{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < requests; ++k) {
        const Answer answer = rest::call("GET", uri, "");
        const bool same = answer.code == first.code && answer.body == first.body;
        ++(same ? good : bad);
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  say(result("threads")
          .add("good", good.load())
          .add("bad", bad.load())
          .add("code", first.code)
          .add("body", first.body));
}

void change(std::istream& words) {
  int type = 0, level = OrthancPluginResourceType_None;
  words >> type >> level;
  services::signalChange(static_cast<OrthancPluginChangeType>(type),
                         static_cast<OrthancPluginResourceType>(level), remainder(words));
  say(result("change"));
}

}  // namespace

Commands::Commands(std::string pluginPath, OrthancPluginContext* context)
    : path_(std::move(pluginPath)), context_(context) {}

bool Commands::start() {
  std::int32_t code = 0;
  std::string error;
  try {
    plugin_ = std::make_unique<Plugin>(path_);
    code = plugin_->initialize(context_);
  } catch (const PluginError& problem) {
    code = -1;
    error = problem.what();
  }
  say(result("start").add("code", code).add("error", error));
  if (code != 0) {
    services::forget();
    plugin_.reset();
    return false;
  }
  services::signalChange(OrthancPluginChangeType_OrthancStarted, OrthancPluginResourceType_None,
                         "");
  return true;
}

void Commands::stop() {
  if (plugin_) {
    services::signalChange(OrthancPluginChangeType_OrthancStopped, OrthancPluginResourceType_None,
                           "");
    plugin_->finalize();
    services::forget();
    plugin_.reset();
  }
}

bool Commands::execute(const std::string& line) {
  std::istringstream words(line);
  std::string command;
  words >> command;
  if (command == "rest") {
    request(words);
  } else if (command == "threads") {
    requestByThreads(words);
  } else if (command == "change") {
    change(words);
  } else if (command == "images") {
    say(result("images").add("alive", images::alive()));
  } else if (command == "reset") {
    stop();
    return start();
  } else if (command == "stop") {
    return false;
  } else {
    say(result("error").add("error", "This is no command: " + line));
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

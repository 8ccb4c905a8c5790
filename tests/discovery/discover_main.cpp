// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// discover_main [--executable X] [--virtual-env X] [--library X] [--plugin X] [--minor N]
//               [--free-threaded] [--debug]
// Prints the search as JSON, and the version of the library after loading it.

#include <dlfcn.h>

#include <iostream>

#include "discovery/discovery.hpp"
#include "support/json.hpp"

namespace {

using discovery::Options;
using discovery::Python;
using discovery::Search;

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--free-threaded") {
      options.wanted.freeThreaded = true;
    } else if (argument == "--debug") {
      options.wanted.debug = true;
    } else if (++i < argc) {
      if (argument == "--executable") {
        options.executable = argv[i];
      }
      if (argument == "--virtual-env") {
        options.virtualEnv = argv[i];
      }
      if (argument == "--library") {
        options.library = argv[i];
      }
      if (argument == "--plugin") {
        options.pluginPath = argv[i];
      }
      if (argument == "--minor") {
        options.wanted.minor = std::stoi(argv[i]);
      }
    }
  }
  return options;
}

std::string versionOfLoaded(const std::string& library) {
  void* handle = dlopen(library.c_str(), RTLD_NOW | RTLD_GLOBAL);
  if (handle == nullptr) {
    return dlerror();
  }
  void* symbol = dlsym(handle, "Py_GetVersion");
  return symbol == nullptr ? "no symbol" : reinterpret_cast<const char* (*)()>(symbol)();
}

json::Object describe(const Python& python) {
  return json::Object()
      .add("executable", python.executable)
      .add("library", python.library)
      .add("prefix", python.prefix)
      .add("base_prefix", python.basePrefix)
      .add("version", python.version)
      .add("minor", python.minor)
      .add("free_threaded", python.freeThreaded)
      .add("debug", python.debug)
      .add("loaded_version", versionOfLoaded(python.library));
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = parse(argc, argv);
  const Search search = discovery::discover(options);
  json::Object result;
  if (search.found) {
    result.add("found", describe(*search.found));
  } else {
    result.add("found", nullptr);
  }
  json::Array rejected;
  for (const discovery::Rejection& one : search.rejected) {
    rejected.add(
        json::Object().add("source", one.source).add("path", one.path).add("reason", one.reason));
  }
  result.add("source", search.source)
      .add("rejected", rejected)
      .add("report", discovery::report(search, options));
  std::cout << result.text() << "\n";
  return 0;
}

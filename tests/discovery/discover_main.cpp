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
using json::member;

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

void print(const Python& python) {
  std::cout << "{" << member("executable", python.executable) << ", "
            << member("library", python.library) << ", " << member("prefix", python.prefix) << ", "
            << member("base_prefix", python.basePrefix) << ", " << member("version", python.version)
            << ", " << member("minor", python.minor) << ", "
            << member("free_threaded", python.freeThreaded) << ", " << member("debug", python.debug)
            << ", " << member("loaded_version", versionOfLoaded(python.library)) << "}";
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = parse(argc, argv);
  const Search search = discovery::discover(options);
  std::cout << "{\"found\": ";
  if (search.found) {
    print(*search.found);
  } else {
    std::cout << "null";
  }
  std::cout << ", " << member("source", search.source) << ", \"rejected\": [";
  const char* separator = "";
  for (const discovery::Rejection& one : search.rejected) {
    std::cout << separator << "{" << member("source", one.source) << ", "
              << member("path", one.path) << ", " << member("reason", one.reason) << "}";
    separator = ", ";
  }
  std::cout << "], " << member("report", discovery::report(search, options)) << "}\n";
  return 0;
}

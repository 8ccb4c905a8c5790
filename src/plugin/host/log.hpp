// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Orthanc's log.
#pragma once

#include <cstdint>
#include <string>

namespace host {

void logError(const std::string& text);
void logWarning(const std::string& text);
void logInfo(const std::string& text);

// As OrthancPluginLogLevel
enum class LogLevel { error, warning, info, trace };

// Where in the source code a message comes from
struct SourceLine {
  std::string file;  // without its folder, as Orthanc shows it; "": unknown
  std::uint32_t line = 0;
};

// Returns false if Orthanc's log is not available: in a forked child, or after close().
bool log(LogLevel level, const SourceLine& source, const std::string& text);

// The number of arguments on the command line of Orthanc, without the name of the program
std::uint32_t commandLineLength();

// Whether Orthanc was started with --logfile or --logdir, and does not log to the terminal.
bool logsToFile();

}  // namespace host

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "host/log.hpp"

#include "host/context.hpp"
#include "host/log_text.hpp"

namespace host {

namespace {

constexpr Version kLogMessageSince{1, 12, 4};

_OrthancPluginService serviceOf(LogLevel level) {
  switch (level) {
    case LogLevel::error:
      return _OrthancPluginService_LogError;
    case LogLevel::warning:
      return _OrthancPluginService_LogWarning;
    default:
      return _OrthancPluginService_LogInfo;
  }
}

std::string commandLineArgument(std::uint32_t index) {
  char* text = nullptr;
  _OrthancPluginGlobalProperty parameters{};
  parameters.result = &text;
  parameters.property = static_cast<std::int32_t>(index);
  if (invoke(_OrthancPluginService_GetCommandLineArgument, &parameters) !=
          OrthancPluginErrorCode_Success ||
      text == nullptr) {
    return {};
  }
  std::string result = text;
  release(text);
  return result;
}

}  // namespace

void logError(const std::string& text) {
  invokeLog(_OrthancPluginService_LogError, validUtf8(text).c_str());
}
void logWarning(const std::string& text) {
  invokeLog(_OrthancPluginService_LogWarning, validUtf8(text).c_str());
}
void logInfo(const std::string& text) {
  invokeLog(_OrthancPluginService_LogInfo, validUtf8(text).c_str());
}

bool log(LogLevel level, const SourceLine& source, const std::string& text) {
  if (source.file.empty()) {
    return invokeLog(serviceOf(level), text.c_str());
  }
  if (version() < kLogMessageSince) {
    const std::string line = source.file + ":" + std::to_string(source.line) + ": " + text;
    return invokeLog(serviceOf(level), line.c_str());
  }
  _OrthancPluginLogMessage parameters{};
  parameters.message = text.c_str();
  parameters.plugin = "python";
  parameters.file = source.file.c_str();
  parameters.line = source.line;
  parameters.category = OrthancPluginLogCategory_Plugins;
  parameters.level = static_cast<OrthancPluginLogLevel>(level);
  return invokeLog(_OrthancPluginService_LogMessage, &parameters);
}

std::uint32_t commandLineLength() {
  std::uint32_t count = 0;
  _OrthancPluginReturnSingleValue parameters{};
  parameters.resultUint32 = &count;
  invoke(_OrthancPluginService_GetCommandLineArgumentsCount, &parameters);
  return count;
}

bool logsToFile() {
  const std::uint32_t count = commandLineLength();
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::string argument = commandLineArgument(i);
    if (argument.rfind("--logfile=", 0) == 0 || argument.rfind("--logdir=", 0) == 0) {
      return true;
    }
  }
  return false;
}

}  // namespace host

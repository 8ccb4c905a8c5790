// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// An attachment that is written, read and removed, in each version of storage areas.
#include <algorithm>

#include "callback_kinds.hpp"
#include "dicom_objects.hpp"
#include "enumerators.hpp"
#include "memory.hpp"
#include "registered.hpp"

namespace callback_kinds {

namespace {

// The requested part, in Orthanc's memory
struct Range {
  OrthancPluginMemoryBuffer64 buffer{};

  explicit Range(std::size_t size) { memory::fill(&buffer, std::string(size, '\0')); }
};

std::string line(int code, const std::string& content) {
  return std::to_string(code) + " " + content + " ";
}

std::string first(const char* uuid, const std::string& data) {
  const auto kind = enumerator(OrthancPluginContentType_Dicom);
  const auto& area = registered.storage;
  std::string result =
      line(area.create(uuid, data.data(), static_cast<std::int64_t>(data.size()), kind), "");
  void* content = nullptr;
  std::int64_t size = 0;
  const OrthancPluginErrorCode code = area.read(&content, &size, uuid, kind);
  if (code == OrthancPluginErrorCode_Success) {
    result += line(code, {static_cast<const char*>(content), static_cast<std::size_t>(size)});
    area.free(content);
  } else {
    result += line(code, "");
  }
  return result + line(area.remove(uuid, kind), "");
}

std::string second(const char* uuid, const std::string& data) {
  const auto kind = enumerator(OrthancPluginContentType_Dicom);
  const auto& area = registered.storage2;
  std::string result =
      line(area.create(uuid, data.data(), static_cast<std::int64_t>(data.size()), kind), "");
  OrthancPluginMemoryBuffer64 whole{};
  OrthancPluginErrorCode code = area.readWhole(&whole, uuid, kind);
  result += line(code, memory::take(whole));
  Range range(data.size() / 2);
  code = area.readRange(&range.buffer, uuid, kind, 0);
  result += line(code, memory::take(range.buffer));
  return result + line(area.remove(uuid, kind), "");
}

std::string third(const char* uuid, const std::string& data) {
  const auto kind = enumerator(OrthancPluginContentType_Dicom);
  const auto& area = registered.storage3;
  OrthancPluginMemoryBuffer custom{};
  OrthancPluginErrorCode code =
      area.create(&custom, uuid, data.data(), data.size(), kind,
                  enumerator(OrthancPluginCompressionType_None), dicom::instance(data));
  const std::string kept = memory::take(custom);
  std::string result = line(code, kept);
  const auto size = static_cast<std::uint32_t>(kept.size());
  Range range(data.size() / 2);
  code = area.readRange(&range.buffer, uuid, kind, 0, kept.data(), size);
  result += line(code, memory::take(range.buffer));
  return result + line(area.remove(uuid, kind, kept.data(), size), "");
}

}  // namespace

std::string storage(const std::string& data) {
  const std::string uuid = hex(data);
  if (registered.storage3.create != nullptr) {
    return third(uuid.c_str(), data);
  }
  if (registered.storage2.create != nullptr) {
    return second(uuid.c_str(), data);
  }
  return registered.storage.create != nullptr ? first(uuid.c_str(), data) : "";
}

}  // namespace callback_kinds

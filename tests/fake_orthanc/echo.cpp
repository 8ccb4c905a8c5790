// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "echo.hpp"

#include <string>

#include "callback_kinds.hpp"
#include "memory.hpp"

namespace echo {

namespace {

std::string bytes(const void* data, std::uint32_t size) {
  return size == 0 ? "" : callback_kinds::hex({static_cast<const char*>(data), size});
}

std::string text(const char* value) {
  return value == nullptr ? "null" : value;
}

}  // namespace

bool serve(_OrthancPluginService service, const void* parameters) {
  switch (service) {
    case _OrthancPluginService_GetTagName: {
      const auto& p = *static_cast<const _OrthancPluginGetTagName*>(parameters);
      memory::retrieve(p.result, std::to_string(p.group) + " " + std::to_string(p.element) + " " +
                                     text(p.privateCreator));
      return true;
    }
    case _OrthancPluginService_GetGlobalProperty: {
      const auto& p = *static_cast<const _OrthancPluginGlobalProperty*>(parameters);
      memory::retrieve(p.result, std::to_string(p.property) + " " + text(p.value));
      return true;
    }
    case _OrthancPluginService_ComputeMd5: {
      const auto& p = *static_cast<const _OrthancPluginComputeHash*>(parameters);
      memory::retrieve(p.result, bytes(p.buffer, p.size));
      return true;
    }
    case _OrthancPluginService_DicomBufferToJson: {
      const auto& p = *static_cast<const _OrthancPluginDicomToJson*>(parameters);
      memory::retrieve(p.result, bytes(p.buffer, p.size) + " " + std::to_string(p.format) + " " +
                                     std::to_string(p.flags) + " " +
                                     std::to_string(p.maxStringLength));
      return true;
    }
    default:
      return false;
  }
}

}  // namespace echo

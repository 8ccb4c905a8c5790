// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "dicom_objects.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "enumerators.hpp"
#include "memory.hpp"

namespace dicom {

namespace {

std::atomic<int> created{0};

template <class Handle>
const std::string& bytesOf(const Handle* handle) {
  return *reinterpret_cast<const std::string*>(handle);
}

// As in Orthanc, which parses a file at its first use, reading an object changes it: two threads
// must not do so at once.
void use(const std::string& dicom) {
  if (!dicom.empty()) {
    volatile char& first = const_cast<char&>(dicom[0]);
    first = first;
  }
}

template <class Handle>
void countAnswer(Handle* answers) {
  ++reinterpret_cast<Answers*>(answers)->count;
}

std::uint16_t numberOf(const std::string& bytes, std::size_t position) {
  std::uint16_t number = 0;
  if (bytes.size() >= position + sizeof number) {
    std::memcpy(&number, bytes.data() + position, sizeof number);
  }
  return number;
}

void setBinary(OrthancPluginDicomWebNode* node, OrthancPluginDicomWebBinaryMode mode,
               const char* uri) {
  *reinterpret_cast<std::string*>(node) =
      "{\"mode\": " + std::to_string(mode) + ", \"uri\": \"" + (uri == nullptr ? "" : uri) + "\"}";
}

// Asks about one binary value, inside a sequence
std::string encode(OrthancPluginDicomWebBinaryCallback2 callback, void* payload) {
  constexpr std::uint16_t group = 0x7fe0, element = 0x0010, sequence = 0x0008;
  const std::uint32_t index = 2;
  std::string node = "{}";
  callback(reinterpret_cast<OrthancPluginDicomWebNode*>(&node), setBinary, 1, &sequence, &element,
           &index, group, element, enumerator(OrthancPluginValueRepresentation_OW), payload);
  return node;
}

// Any bytes are accepted as a DICOM file that "MODALITY" at 192.0.2.1 sent to "ARCHIVE".
bool serveInstance(_OrthancPluginService service, const void* parameters) {
  const auto& p = *static_cast<const _OrthancPluginAccessDicomInstance*>(parameters);
  switch (service) {
    case _OrthancPluginService_GetInstanceRemoteAet:
      *p.resultString = "MODALITY";
      return true;
    case _OrthancPluginService_GetInstanceCalledAet:
      *p.resultString = "ARCHIVE";
      return true;
    case _OrthancPluginService_GetInstanceRemoteIp:
      *p.resultString = "192.0.2.1";
      return true;
    case _OrthancPluginService_GetInstanceSize:
      use(bytesOf(p.instance));
      *p.resultInt64 = static_cast<std::int64_t>(bytesOf(p.instance).size());
      return true;
    case _OrthancPluginService_GetInstanceData:
      *p.resultString = bytesOf(p.instance).data();
      return true;
    case _OrthancPluginService_GetInstanceJson:
    case _OrthancPluginService_GetInstanceSimplifiedJson:
      use(bytesOf(p.instance));
      memory::retrieve(p.resultStringToFree, "{}");
      return true;
    case _OrthancPluginService_GetInstanceOrigin:
      *p.resultOrigin = enumerator(OrthancPluginInstanceOrigin_DicomProtocol);
      return true;
    default:
      return false;
  }
}

bool serveInstance2(_OrthancPluginService service, const void* parameters) {
  switch (service) {
    case _OrthancPluginService_CreateDicomInstance: {
      const auto& p = *static_cast<const _OrthancPluginCreateDicomInstance*>(parameters);
      *p.target = reinterpret_cast<OrthancPluginDicomInstance*>(
          new std::string(static_cast<const char*>(p.buffer), p.size));
      ++created;
      return true;
    }
    case _OrthancPluginService_FreeDicomInstance: {
      const auto& p = *static_cast<const _OrthancPluginFreeDicomInstance*>(parameters);
      delete reinterpret_cast<std::string*>(p.dicom);
      --created;
      return true;
    }
    case _OrthancPluginService_SerializeDicomInstance: {
      const auto& p = *static_cast<const _OrthancPluginAccessDicomInstance2*>(parameters);
      use(bytesOf(p.instance));
      memory::fill(p.targetBuffer, bytesOf(p.instance));
      return true;
    }
    case _OrthancPluginService_GetInstanceDicomWebJson: {
      const auto& p = *static_cast<const _OrthancPluginAccessDicomInstance2*>(parameters);
      use(bytesOf(p.instance));
      memory::retrieve(p.targetStringToFree, encode(p.dicomWebCallback, p.dicomWebPayload));
      use(bytesOf(p.instance));
      return true;
    }
    case _OrthancPluginService_EncodeDicomWebJson2: {
      const auto& p = *static_cast<const _OrthancPluginEncodeDicomWeb2*>(parameters);
      memory::retrieve(p.target, encode(p.callback, p.payload));
      return true;
    }
    default:
      return false;
  }
}

bool serveFind(_OrthancPluginService service, const void* parameters) {
  const auto& p = *static_cast<const _OrthancPluginFindOperation*>(parameters);
  switch (service) {
    case _OrthancPluginService_FindAddAnswer:
      countAnswer(p.answers);
      return true;
    case _OrthancPluginService_FindMarkIncomplete:
      return true;
    case _OrthancPluginService_GetFindQuerySize:
      *p.resultUint32 = 2;
      return true;
    case _OrthancPluginService_GetFindQueryTag:
      *p.resultGroup = numberOf(bytesOf(p.query), 0);
      *p.resultElement = numberOf(bytesOf(p.query), 2);
      return true;
    case _OrthancPluginService_GetFindQueryTagName:
    case _OrthancPluginService_GetFindQueryValue:
      memory::retrieve(p.resultString, bytesOf(p.query));
      return true;
    default:
      return false;
  }
}

bool serveWorklist(_OrthancPluginService service, const void* parameters) {
  switch (service) {
    case _OrthancPluginService_WorklistAddAnswer:
      countAnswer(static_cast<const _OrthancPluginWorklistAnswersOperation*>(parameters)->answers);
      return true;
    case _OrthancPluginService_WorklistMarkIncomplete:
      return true;
    case _OrthancPluginService_WorklistIsMatch:
      *static_cast<const _OrthancPluginWorklistQueryOperation*>(parameters)->isMatch = 1;
      return true;
    case _OrthancPluginService_WorklistGetDicomQuery: {
      const auto& p = *static_cast<const _OrthancPluginWorklistQueryOperation*>(parameters);
      memory::fill(p.target, bytesOf(p.query));
      return true;
    }
    case _OrthancPluginService_GetConnectionRemoteAet:
    case _OrthancPluginService_GetConnectionRemoteIp:
    case _OrthancPluginService_GetConnectionCalledAet: {
      const auto& p = *static_cast<const _OrthancPluginAccessDicomConnection*>(parameters);
      *p.resultString = reinterpret_cast<const char*>(p.connection);
      return true;
    }
    default:
      return false;
  }
}

}  // namespace

int alive() {
  return created;
}

bool serve(_OrthancPluginService service, const void* parameters, OrthancPluginErrorCode& code) {
  code = OrthancPluginErrorCode_Success;
  return serveInstance(service, parameters) || serveInstance2(service, parameters) ||
         serveFind(service, parameters) || serveWorklist(service, parameters);
}

}  // namespace dicom

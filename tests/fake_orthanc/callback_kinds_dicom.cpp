// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The callbacks for DICOM: incoming instances, queries, pixels.
#include <algorithm>

#include "callback_kinds.hpp"
#include "dicom_objects.hpp"
#include "enumerators.hpp"
#include "images.hpp"
#include "memory.hpp"
#include "registered.hpp"

namespace callback_kinds {

namespace {

std::string codes(std::initializer_list<int> values) {
  std::string result;
  for (const int value : values) {
    result += (result.empty() ? "" : " ") + std::to_string(value);
  }
  return result;
}

}  // namespace

std::string stored(const std::string& data) {
  if (registered.stored.callback == nullptr) {
    return "";
  }
  return codes({registered.stored.callback(dicom::instance(data), hex(data).c_str())});
}

std::string received(const std::string& data) {
  if (registered.received.callback == nullptr) {
    return "";
  }
  OrthancPluginMemoryBuffer64 modified{};
  const OrthancPluginReceivedInstanceAction action = registered.received.callback(
      &modified, data.data(), data.size(), enumerator(OrthancPluginInstanceOrigin_DicomProtocol));
  return codes({action}) + " " + memory::take(modified);
}

std::string filterAny(const std::string& data) {
  if (registered.anyFilter.callback == nullptr) {
    return "";
  }
  return codes({registered.anyFilter.callback(dicom::instance(data))});
}

std::string filterStore(const std::string& data) {
  if (registered.storeFilter.callback == nullptr) {
    return "";
  }
  std::uint16_t status = 0;
  const std::int32_t verdict = registered.storeFilter.callback(&status, dicom::instance(data));
  return codes({verdict, status});
}

std::string find(const std::string& data) {
  dicom::Answers answers;
  auto* target = reinterpret_cast<OrthancPluginFindAnswers*>(&answers);
  const auto* query = reinterpret_cast<const OrthancPluginFindQuery*>(&data);
  if (registered.find2.callback != nullptr) {
    return codes({registered.find2.callback(target, query, dicom::connection()), answers.count});
  }
  if (registered.find.callback != nullptr) {
    return codes({registered.find.callback(target, query, "ISSUER", "CALLED"), answers.count});
  }
  return "";
}

std::string worklist(const std::string& data) {
  dicom::Answers answers;
  auto* target = reinterpret_cast<OrthancPluginWorklistAnswers*>(&answers);
  const auto* query = reinterpret_cast<const OrthancPluginWorklistQuery*>(&data);
  if (registered.worklist2.callback != nullptr) {
    return codes(
        {registered.worklist2.callback(target, query, dicom::connection()), answers.count});
  }
  if (registered.worklist.callback != nullptr) {
    return codes({registered.worklist.callback(target, query, "ISSUER", "CALLED"), answers.count});
  }
  return "";
}

namespace {

template <class Move>
std::string perform(const Move& move, void* driver) {
  if (driver == nullptr) {
    return "refused";
  }
  std::string result = "size " + std::to_string(move.getMoveSize(driver));
  for (int i = 0; i < 2; ++i) {
    result += " " + std::to_string(move.applyMove(driver));
  }
  move.freeMove(driver);
  return result;
}

}  // namespace

std::string move(const std::string& data) {
  const std::string text = hex(data);
  constexpr std::uint16_t originator = 7;
  if (registered.move2.callback != nullptr) {
    return perform(
        registered.move2,
        registered.move2.callback(enumerator(OrthancPluginResourceType_Study), text.c_str(), "",
                                  "1.2", "", "", dicom::connection(), text.c_str(), originator));
  }
  if (registered.move.callback != nullptr) {
    return perform(
        registered.move,
        registered.move.callback(enumerator(OrthancPluginResourceType_Study), text.c_str(), "",
                                 "1.2", "", "", "ORIGINATOR", "SOURCE", text.c_str(), originator));
  }
  return "";
}

std::string commitment(const std::string& data) {
  const std::string text = hex(data);
  const char* uids[] = {text.c_str()};
  void* handler = nullptr;
  OrthancPluginErrorCode code = OrthancPluginErrorCode_Success;
  auto destroy = registered.commitment.destructor;
  auto lookup = registered.commitment.lookup;
  if (registered.commitment2.factory != nullptr) {
    destroy = registered.commitment2.destructor;
    lookup = registered.commitment2.lookup;
    code = registered.commitment2.factory(&handler, "job", text.c_str(), uids, uids, 1,
                                          dicom::connection());
  } else if (registered.commitment.factory != nullptr) {
    code = registered.commitment.factory(&handler, "job", text.c_str(), uids, uids, 1, "REMOTE",
                                         "CALLED");
  } else {
    return "";
  }
  if (code != OrthancPluginErrorCode_Success) {
    return codes({code});
  }
  OrthancPluginStorageCommitmentFailureReason reason{};
  code = lookup(&reason, handler, "1.2", text.c_str());
  destroy(handler);
  return codes({code, reason});
}

std::string decode(const std::string& data) {
  if (registered.decode.callback == nullptr) {
    return "";
  }
  OrthancPluginImage* image = nullptr;
  const OrthancPluginErrorCode code =
      registered.decode.callback(&image, data.data(), static_cast<std::uint32_t>(data.size()), 3);
  return codes({code}) + " " + (image == nullptr ? "" : images::take(image));
}

std::string transcode(const std::string& data) {
  if (registered.transcode.callback == nullptr) {
    return "";
  }
  const char* syntaxes[] = {"1.2.840.10008.1.2", "1.2.840.10008.1.2.1"};
  OrthancPluginMemoryBuffer target{};
  const OrthancPluginErrorCode code =
      registered.transcode.callback(&target, data.data(), data.size(), syntaxes, 2, 1);
  return codes({code}) + " " + memory::take(target);
}

}  // namespace callback_kinds

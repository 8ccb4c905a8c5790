// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Plays Orthanc: calls the callbacks of callbacks.py with any bytes, and the script returns or
// raises what these bytes say. The first byte chooses the callback.
//
// Environment: FUZZ_SCRIPT is the path of callbacks.py, FUZZ_PYTHON that of a Python.
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "generated/sdk.hpp"

extern "C" std::int32_t OrthancPluginInitialize(OrthancPluginContext* context);

namespace {

struct Registered {
  OrthancPluginRestCallback route;
  _OrthancPluginRegisterStorageArea storage;
  _OrthancPluginMoveCallback move;
  _OrthancPluginRegisterStorageCommitmentScpCallback commitment;
  OrthancPluginReceivedInstanceCallback received;
};
Registered registered{};

char* copy(const std::string& text) {
  auto* memory = static_cast<char*>(std::malloc(text.size() + 1));
  std::memcpy(memory, text.c_str(), text.size() + 1);
  return memory;
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) {
    std::abort();
  }
  return value;
}

template <class Parameters>
const Parameters& as(const void* parameters) {
  return *static_cast<const Parameters*>(parameters);
}

template <class Buffer>
void allocate(Buffer* target, std::uint64_t size) {
  target->data = std::malloc(size == 0 ? 1 : size);
  target->size = static_cast<decltype(target->size)>(size);
}

OrthancPluginErrorCode invoke(OrthancPluginContext*, _OrthancPluginService service,
                              const void* parameters) {
  switch (service) {
    case _OrthancPluginService_GetConfiguration:
      *as<_OrthancPluginRetrieveDynamicString>(parameters).result =
          copy(R"({"PythonScript": ")" + environment("FUZZ_SCRIPT") +
               R"(", "Python": {"Executable": ")" + environment("FUZZ_PYTHON") + R"("}})");
      break;
    case _OrthancPluginService_RegisterRestCallbackNoLock:
      registered.route = as<_OrthancPluginRestCallback>(parameters).callback;
      break;
    case _OrthancPluginService_RegisterStorageArea:
      registered.storage = as<_OrthancPluginRegisterStorageArea>(parameters);
      break;
    case _OrthancPluginService_RegisterMoveCallback:
      registered.move = as<_OrthancPluginMoveCallback>(parameters);
      break;
    case _OrthancPluginService_RegisterStorageCommitmentScpCallback:
      registered.commitment = as<_OrthancPluginRegisterStorageCommitmentScpCallback>(parameters);
      break;
    case _OrthancPluginService_RegisterReceivedInstanceCallback:
      registered.received = as<_OrthancPluginReceivedInstanceCallback>(parameters).callback;
      break;
    case _OrthancPluginService_CreateMemoryBuffer:
      allocate(as<_OrthancPluginCreateMemoryBuffer>(parameters).target,
               as<_OrthancPluginCreateMemoryBuffer>(parameters).size);
      break;
    case _OrthancPluginService_CreateMemoryBuffer64:
      allocate(as<_OrthancPluginCreateMemoryBuffer64>(parameters).target,
               as<_OrthancPluginCreateMemoryBuffer64>(parameters).size);
      break;
    case _OrthancPluginService_GetErrorDescription:
      *as<_OrthancPluginGetErrorDescription>(parameters).target = "an error";
      break;
    case _OrthancPluginService_LogError:
      if (std::getenv("FUZZ_VERBOSE") != nullptr) {
        std::fprintf(stderr, "%s\n", static_cast<const char*>(parameters));
      }
      break;
    default:
      break;
  }
  return OrthancPluginErrorCode_Success;
}

// A NUL ends each string, as it does in Orthanc.
std::vector<std::string> split(const std::string& data) {
  std::vector<std::string> parts;
  for (std::size_t start = 0; start <= data.size();) {
    const std::size_t end = std::min(data.find('\0', start), data.size());
    parts.push_back(data.substr(start, end - start));
    start = end + 1;
  }
  return parts;
}

// Bytes travel through strings of Orthanc, which end at a NUL.
std::string hex(const std::string& data) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string result;
  for (const unsigned char byte : data) {
    result += {digits[byte >> 4], digits[byte & 15]};
  }
  return result;
}

void route(const std::string& data) {
  std::vector<std::string> parts = split(data);
  std::vector<const char*> strings;
  for (const std::string& part : parts) {
    strings.push_back(part.c_str());
  }
  const auto half = static_cast<std::uint32_t>(strings.size() / 2);
  OrthancPluginHttpRequest request{};
  request.method = static_cast<OrthancPluginHttpMethod>(data.empty() ? 0 : data[0] & 7);
  request.groupsCount = half;
  request.groups = strings.data();
  request.getCount = request.headersCount = half;
  request.getKeys = request.headersKeys = strings.data();
  request.getValues = request.headersValues = strings.data() + half;
  request.body = data.data();
  request.bodySize = static_cast<std::uint32_t>(data.size());
  int output = 0;  // only its address is used
  registered.route(reinterpret_cast<OrthancPluginRestOutput*>(&output), strings.back(), &request);
}

void storage(const std::string& data) {
  const std::string uuid = hex(data);
  registered.storage.create(uuid.c_str(), data.data(), static_cast<std::int64_t>(data.size()),
                            OrthancPluginContentType_Dicom);
  void* content = nullptr;
  std::int64_t size = 0;
  if (registered.storage.read(&content, &size, uuid.c_str(), OrthancPluginContentType_Dicom) ==
      OrthancPluginErrorCode_Success) {
    if (size < 0 || (size != 0 && content == nullptr)) {
      std::abort();  // Orthanc would read that
    }
    std::string(static_cast<char*>(content), static_cast<std::size_t>(size));
    registered.storage.free(content);
  }
  registered.storage.remove(uuid.c_str(), OrthancPluginContentType_Dicom);
}

void received(const std::string& data) {
  OrthancPluginMemoryBuffer64 modified{};
  const OrthancPluginReceivedInstanceAction action = registered.received(
      &modified, data.data(), data.size(), OrthancPluginInstanceOrigin_DicomProtocol);
  if (action == OrthancPluginReceivedInstanceAction_Modify) {
    std::string(static_cast<char*>(modified.data), modified.size);
  }
  std::free(modified.data);
}

void move(const std::string& data) {
  const std::string text = hex(data);
  void* driver = registered.move.callback(OrthancPluginResourceType_Study, text.c_str(), "", "1.2",
                                          "", "", "A", "B", text.c_str(), 7);
  if (driver != nullptr) {
    const std::uint32_t size = registered.move.getMoveSize(driver);
    for (std::uint32_t i = 0; i < std::min<std::uint32_t>(size, 3); ++i) {
      registered.move.applyMove(driver);
    }
    registered.move.freeMove(driver);
  }
}

void commitment(const std::string& data) {
  const std::string text = hex(data);
  const char* uids[] = {text.c_str()};
  void* handler = nullptr;
  if (registered.commitment.factory(&handler, "job", text.c_str(), uids, uids, 1, "A", "B") ==
      OrthancPluginErrorCode_Success) {
    OrthancPluginStorageCommitmentFailureReason reason{};
    registered.commitment.lookup(&reason, handler, "1.2", text.c_str());
    registered.commitment.destructor(handler);
  }
}

OrthancPluginContext* start() {
  static OrthancPluginContext context{};
  context.orthancVersion = "1.13.0";
  context.Free = std::free;
  context.InvokeService = invoke;
  if (OrthancPluginInitialize(&context) != 0 || registered.route == nullptr ||
      registered.storage.read == nullptr || registered.move.callback == nullptr ||
      registered.received == nullptr || registered.commitment.lookup == nullptr) {
    std::fprintf(stderr, "The plugin does not start: FUZZ_VERBOSE=1 says why\n");
    std::abort();
  }
  return &context;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static OrthancPluginContext* const context = start();
  if (context == nullptr || size == 0) {
    return 0;
  }
  using Target = void (*)(const std::string&);
  constexpr Target targets[] = {route, storage, received, move, commitment};
  const std::string data(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  targets[bytes[0] % std::size(targets)](data);
  return 0;
}

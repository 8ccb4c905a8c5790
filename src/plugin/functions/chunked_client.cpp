// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The HTTP client for bodies that may be larger than memory.
#include "binding/chunk_reader.hpp"
#include "binding/exception_relay.hpp"
#include "binding/python_runtime.hpp"
#include "binding/values.hpp"
#include "functions/http_arguments.hpp"
#include "generated/handwritten.hpp"
#include "generated/signatures.hpp"

namespace orthanc {

namespace {

// One request: Orthanc pulls the chunks of its body and pushes the chunks of the response body.
class Transfer {
 public:
  Transfer(const Argument& request, const Argument& answer)
      : headers_(steal(py::Dict_New())), body_(request) {
    if (answer.given() && !answer.isNone()) {
      sink_ =
          steal(py::Object_CallFunctionObjArgs(pythonRuntime.sink.get(), answer.value, nullptr));
    }
  }

  ChunkReader& body() { return body_; }
  ExceptionRelay& relay() { return relay_; }
  PyObject* headers() const { return headers_.get(); }

  void receive(const void* data, uint32_t size) {
    if (sink_) {
      const Ref chunk = bytesObject(data, size);
      steal(py::Object_CallFunctionObjArgs(sink_.get(), chunk.get(), nullptr));
    }
  }

  void receiveHeader(const char* key, const char* value) {
    const Ref name = text(key);
    const Ref lower = steal(py::Object_GetAttrString(name.get(), "lower"));
    const Ref lowered = steal(py::Object_CallObject(lower.get(), nullptr));
    succeed(py::Dict_SetItem(headers_.get(), lowered.get(), text(value).get()));
  }

 private:
  Ref sink_;
  Ref headers_;
  ChunkReader body_;
  ExceptionRelay relay_;
};

Transfer& transferOf(void* payload) {
  return *static_cast<Transfer*>(payload);
}

OrthancPluginErrorCode result(bool succeeded) {
  return succeeded ? OrthancPluginErrorCode_Success : OrthancPluginErrorCode_Plugin;
}

uint8_t isDone(void* request) {
  return transferOf(request).body().atEnd() ? 1 : 0;
}

const void* chunkData(void* request) {
  return transferOf(request).body().data();
}

uint32_t chunkSize(void* request) {
  return transferOf(request).body().size();
}

OrthancPluginErrorCode advance(void* request) {
  Transfer& transfer = transferOf(request);
  return result(transfer.relay().run([&] { transfer.body().advance(); }));
}

OrthancPluginErrorCode addChunk(void* answer, const void* data, uint32_t size) {
  Transfer& transfer = transferOf(answer);
  return result(transfer.relay().run([&] { transfer.receive(data, size); }));
}

OrthancPluginErrorCode addHeader(void* answer, const char* key, const char* value) {
  Transfer& transfer = transferOf(answer);
  return result(transfer.relay().run([&] { transfer.receiveHeader(key, value); }));
}

}  // namespace

PyObject* handwritten::ChunkedHttpClient(PyObject*, PyObject* const* values, Py_ssize_t count,
                                         PyObject* keywords) {
  const Arguments<12> arguments(signatures::ChunkedHttpClient, values, count, keywords);
  const HeaderText url(arguments[1]);
  const Headers headers(arguments[2]);
  _OrthancPluginChunkedHttpClient parameters{};
  uint16_t status = 0;
  parameters.httpStatus = &status;
  parameters.method = methodOf(arguments[0]);
  parameters.url = url;
  headers.fill(parameters.headersCount, parameters.headersKeys, parameters.headersValues);
  const ClientOptions options(arguments, 5);
  options.fill(parameters);
  Transfer transfer(arguments[3], arguments[4]);
  parameters.answer = parameters.request = &transfer;
  parameters.answerAddChunk = addChunk;
  parameters.answerAddHeader = addHeader;
  parameters.requestIsDone = isDone;
  parameters.requestChunkData = chunkData;
  parameters.requestChunkSize = chunkSize;
  parameters.requestNext = advance;
  const OrthancPluginErrorCode code = call(_OrthancPluginService_ChunkedHttpClient, &parameters);
  // A response with an error status is a response, although Orthanc also reports an error.
  transfer.relay().check(status != 0 ? OrthancPluginErrorCode_Success : code);
  Ref pair = steal(py::Tuple_New(2));
  succeed(py::Tuple_SetItem(pair.get(), 0, steal(number(status)).release()));
  succeed(py::Tuple_SetItem(pair.get(), 1, borrow(transfer.headers()).release()));
  return pair.release();
}

}  // namespace orthanc

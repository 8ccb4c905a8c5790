// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Methods of orthanc.RestOutput.
#include "binding/chunk_reader.hpp"
#include "binding/http_headers.hpp"
#include "binding/wrappers.hpp"
#include "functions/http_arguments.hpp"
#include "generated/handwritten.hpp"
#include "generated/signatures.hpp"

namespace orthanc {

namespace {

void startStream(PyObject* self, const char* contentType) {
  const Receiver<OrthancPluginRestOutput> output(self);
  _OrthancPluginStartStreamAnswer parameters{};
  parameters.output = output;
  parameters.contentType = contentType;
  checkAnswerPart(self, call(_OrthancPluginService_StartStreamAnswer, &parameters, output));
}

void sendChunk(PyObject* self, const ChunkReader& chunks) {
  const Receiver<OrthancPluginRestOutput> output(self);
  _OrthancPluginAnswerBuffer parameters{};
  parameters.output = output;
  parameters.answer = chunks.data();
  parameters.answerSize = chunks.size();
  checkAnswerPart(self, call(_OrthancPluginService_SendStreamChunk, &parameters, output));
}

}  // namespace

namespace handwritten {

PyObject* RestOutput_AnswerBuffer(PyObject* self, PyObject* const* values, Py_ssize_t count,
                                  PyObject* keywords) {
  const Arguments<2> arguments(signatures::RestOutput_AnswerBuffer, values, count, keywords);
  const Receiver<OrthancPluginRestOutput> output(self);
  const Buffer answer(arguments[0]);
  const HeaderText mimeType(arguments[1]);
  _OrthancPluginAnswerBuffer p{};
  p.output = output;
  p.answer = answer.data();
  p.answerSize = answer.size<uint32_t>();
  p.mimeType = mimeType;
  checkAnswer(self, call(_OrthancPluginService_AnswerBuffer, &p, output));
  return none();
}

PyObject* RestOutput_SendMultipartItem2(PyObject* self, PyObject* const* values, Py_ssize_t count,
                                        PyObject* keywords) {
  const Arguments<2> arguments(signatures::RestOutput_SendMultipartItem2, values, count, keywords);
  const Receiver<OrthancPluginRestOutput> output(self);
  const Buffer answer(arguments[0]);
  const Headers headers(arguments[1]);
  _OrthancPluginSendMultipartItem2 p{};
  p.output = output;
  p.answer = answer.data();
  p.answerSize = answer.size<uint32_t>();
  headers.fill(p.headersCount, p.headersKeys, p.headersValues);
  checkAnswerPart(self, call(_OrthancPluginService_SendMultipartItem2, &p, output));
  return none();
}

PyObject* RestOutput_Stream(PyObject* self, PyObject* const* values, Py_ssize_t count,
                            PyObject* keywords) {
  const Arguments<2> arguments(signatures::RestOutput_Stream, values, count, keywords);
  const HeaderText contentType(arguments[1]);
  // An exception before the first chunk can still become an HTTP status
  ChunkReader chunks(arguments[0]);
  startStream(self, contentType);
  // the output is in use while Orthanc sends a chunk, but not while the script makes the next one:
  // the end of the callback must not wait for the script
  for (; !chunks.atEnd(); chunks.advance()) {
    sendChunk(self, chunks);
  }
  return none();
}

}  // namespace handwritten

}  // namespace orthanc

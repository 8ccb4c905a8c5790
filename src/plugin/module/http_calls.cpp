// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Requests with all of HTTP: to Orthanc's own REST API, to its peers, and to any server.
#include "generated/handwritten.hpp"
#include "generated/signatures.hpp"
#include "module/http_arguments.hpp"

namespace orthanc {

namespace {

// What Orthanc fills in, and the orthanc.Response made of it
template <class Parameters>
class Exchange {
 public:
  explicit Exchange(Parameters& parameters) {
    parameters.answerBody = body_.out();
    parameters.answerHeaders = headers_.out();
    parameters.httpStatus = &status_;
  }

  // An answer with an error status is an answer; Orthanc reports it as an error of the call, too.
  PyObject* finish(OrthancPluginErrorCode code, const Argument& method, const Argument& url) {
    if (status_ == 0) {
      check(code == OrthancPluginErrorCode_Success ? OrthancPluginErrorCode_NetworkProtocol : code);
    }
    const Ref status = steal(number(status_));
    const Ref headers = steal(headers_.release());
    const Ref body = steal(body_.release());
    return steal(py::Object_CallFunctionObjArgs(layer.createResponse, method.value, url.value,
                                                status.get(), headers.get(), body.get(), nullptr))
        .release();
  }

 private:
  BytesResult body_;
  BytesResult headers_;
  uint16_t status_ = 0;
};

}  // namespace

namespace handwritten {

PyObject* CallRestApi(PyObject*, PyObject* const* values, Py_ssize_t count, PyObject* keywords) {
  const Arguments<5> arguments(signatures::CallRestApi, values, count, keywords);
  const Text uri(arguments[1]);
  const Headers headers(arguments[2]);
  const Buffer body(arguments[3]);
  _OrthancPluginCallRestApi parameters{};
  Exchange exchange(parameters);
  parameters.method = methodOf(arguments[0]);
  parameters.uri = uri;
  parameters.headersCount = headers.count();
  parameters.headersKeys = headers.keys();
  parameters.headersValues = headers.values();
  parameters.body = body.data();
  parameters.bodySize = body.size<uint32_t>();
  parameters.afterPlugins = truth(arguments[4]) ? 1 : 0;
  if (parameters.afterPlugins != 0) {
    refuseDuringRegistration();
  }
  return exchange.finish(call(_OrthancPluginService_CallRestApi, &parameters), arguments[0],
                         arguments[1]);
}

PyObject* RestApiGet2(PyObject*, PyObject* const* values, Py_ssize_t count, PyObject* keywords) {
  const Arguments<3> arguments(signatures::RestApiGet2, values, count, keywords);
  const Text uri(arguments[0]);
  const Headers headers(arguments[1]);
  BytesResult result;
  _OrthancPluginRestApiGet2 parameters{};
  parameters.target = result.out();
  parameters.uri = uri;
  parameters.headersCount = headers.count();
  parameters.headersKeys = headers.keys();
  parameters.headersValues = headers.values();
  parameters.afterPlugins = truth(arguments[2]) ? 1 : 0;
  if (parameters.afterPlugins != 0) {
    refuseDuringRegistration();
  }
  check(call(_OrthancPluginService_RestApiGet2, &parameters));
  return result.release();
}

PyObject* Peers_CallPeerApi(PyObject* self, PyObject* const* values, Py_ssize_t count,
                            PyObject* keywords) {
  const Arguments<6> arguments(signatures::Peers_CallPeerApi, values, count, keywords);
  const Receiver<OrthancPluginPeers> peers(self);
  const Text uri(arguments[2]);
  const Headers headers(arguments[3]);
  const Buffer body(arguments[4]);
  _OrthancPluginCallPeerApi parameters{};
  Exchange exchange(parameters);
  parameters.peers = peers;
  parameters.peerIndex = integer<uint32_t>(arguments[0]);
  parameters.method = methodOf(arguments[1]);
  parameters.uri = uri;
  parameters.additionalHeadersCount = headers.count();
  parameters.additionalHeadersKeys = headers.keys();
  parameters.additionalHeadersValues = headers.values();
  parameters.body = body.data();
  parameters.bodySize = body.size<uint32_t>();
  parameters.timeout = integerOr<uint32_t>(arguments[5], 0);
  return exchange.finish(call(_OrthancPluginService_CallPeerApi, &parameters), arguments[1],
                         arguments[2]);
}

PyObject* HttpClient(PyObject*, PyObject* const* values, Py_ssize_t count, PyObject* keywords) {
  const Arguments<11> arguments(signatures::HttpClient, values, count, keywords);
  const Text url(arguments[1]);
  const Headers headers(arguments[2]);
  const Buffer body(arguments[3]);
  _OrthancPluginCallHttpClient2 parameters{};
  Exchange exchange(parameters);
  parameters.method = methodOf(arguments[0]);
  parameters.url = url;
  parameters.headersCount = headers.count();
  parameters.headersKeys = headers.keys();
  parameters.headersValues = headers.values();
  parameters.body = body.data();
  parameters.bodySize = body.size<uint32_t>();
  parameters.username = OptionalText(arguments[4]);
  parameters.password = OptionalText(arguments[5]);
  parameters.timeout = integerOr<uint32_t>(arguments[6], 0);
  parameters.certificateFile = OptionalText(arguments[7]);
  parameters.certificateKeyFile = OptionalText(arguments[8]);
  parameters.certificateKeyPassword = OptionalText(arguments[9]);
  parameters.pkcs11 = truth(arguments[10]) ? 1 : 0;
  return exchange.finish(call(_OrthancPluginService_CallHttpClient2, &parameters), arguments[0],
                         arguments[1]);
}

PyObject* RestOutput_SendMultipartItem2(PyObject* self, PyObject* const* values, Py_ssize_t count,
                                        PyObject* keywords) {
  const Arguments<2> arguments(signatures::RestOutput_SendMultipartItem2, values, count, keywords);
  const Receiver<OrthancPluginRestOutput> output(self);
  const Buffer answer(arguments[0]);
  const Headers headers(arguments[1]);
  _OrthancPluginSendMultipartItem2 parameters{};
  parameters.output = output;
  parameters.answer = answer.data();
  parameters.answerSize = answer.size<uint32_t>();
  parameters.headersCount = headers.count();
  parameters.headersKeys = headers.keys();
  parameters.headersValues = headers.values();
  check(call(_OrthancPluginService_SendMultipartItem2, &parameters));
  return none();
}

}  // namespace handwritten

}  // namespace orthanc

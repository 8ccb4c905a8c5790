// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// HTTP requests to Orthanc's own REST API, to its peers, and to any server.
#include "functions/http_arguments.hpp"
#include "generated/handwritten.hpp"
#include "generated/signatures.hpp"

namespace orthanc {

namespace {

// A request and its response. The arguments begin with method, URL, headers and body. The URL is a
// HeaderText if it becomes part of the head of a request.
template <class Parameters, class Url = HeaderText>
class Exchange {
 public:
  template <int N>
  Exchange(const Arguments<N>& arguments, int first)
      : method_(arguments[first]),
        urlArgument_(arguments[first + 1]),
        url_(urlArgument_),
        headers_(arguments[first + 2]),
        body_(arguments[first + 3]) {
    parameters.method = methodOf(method_);
    parameters.body = body_.data();
    parameters.bodySize = body_.template size<uint32_t>();
    parameters.answerBody = answerBody_.out();
    parameters.answerHeaders = answerHeaders_.out();
    parameters.httpStatus = &status_;
  }

  const char* url() const { return url_; }
  const Headers& headers() const { return headers_; }

  // A response with an error status is a response, although Orthanc also reports an error.
  PyObject* perform(_OrthancPluginService service) {
    const OrthancPluginErrorCode code = call(service, &parameters);
    if (status_ == 0) {
      check(code == OrthancPluginErrorCode_Success ? OrthancPluginErrorCode_NetworkProtocol : code);
    }
    const Ref status = steal(number(status_));
    const Ref headers = steal(answerHeaders_.release());
    const Ref body = steal(answerBody_.release());
    return steal(py::Object_CallFunctionObjArgs(pythonRuntime.createResponse.get(), method_.value,
                                                urlArgument_.value, status.get(), headers.get(),
                                                body.get(), nullptr))
        .release();
  }

  Parameters parameters{};

 private:
  Argument method_;
  Argument urlArgument_;
  Url url_;
  Headers headers_;
  Buffer body_;
  BytesResult answerBody_;
  BytesResult answerHeaders_;
  uint16_t status_ = 0;
};

uint8_t afterPlugins(const Argument& argument) {
  const bool after = truth(argument);
  if (after) {
    refuseDuringRegistration();
  }
  return after ? 1 : 0;
}

}  // namespace

namespace handwritten {

PyObject* CallRestApi(PyObject*, PyObject* const* values, Py_ssize_t count, PyObject* keywords) {
  const Arguments<5> arguments(signatures::CallRestApi, values, count, keywords);
  Exchange<_OrthancPluginCallRestApi, Text> exchange(arguments, 0);
  auto& p = exchange.parameters;
  p.uri = exchange.url();
  exchange.headers().fill(p.headersCount, p.headersKeys, p.headersValues);
  p.afterPlugins = afterPlugins(arguments[4]);
  return exchange.perform(_OrthancPluginService_CallRestApi);
}

PyObject* RestApiGet2(PyObject*, PyObject* const* values, Py_ssize_t count, PyObject* keywords) {
  const Arguments<3> arguments(signatures::RestApiGet2, values, count, keywords);
  const Text uri(arguments[0]);
  const Headers headers(arguments[1]);
  BytesResult result;
  _OrthancPluginRestApiGet2 p{};
  p.target = result.out();
  p.uri = uri;
  headers.fill(p.headersCount, p.headersKeys, p.headersValues);
  p.afterPlugins = afterPlugins(arguments[2]);
  check(call(_OrthancPluginService_RestApiGet2, &p));
  return result.release();
}

PyObject* Peers_CallPeerApi(PyObject* self, PyObject* const* values, Py_ssize_t count,
                            PyObject* keywords) {
  const Arguments<6> arguments(signatures::Peers_CallPeerApi, values, count, keywords);
  const Receiver<OrthancPluginPeers> peers(self);
  Exchange<_OrthancPluginCallPeerApi> exchange(arguments, 1);
  auto& p = exchange.parameters;
  p.peers = peers;
  p.peerIndex = integer<uint32_t>(arguments[0]);
  p.uri = exchange.url();
  exchange.headers().fill(p.additionalHeadersCount, p.additionalHeadersKeys,
                          p.additionalHeadersValues);
  p.timeout = integerOr<uint32_t>(arguments[5], 0);
  return exchange.perform(_OrthancPluginService_CallPeerApi);
}

PyObject* HttpClient(PyObject*, PyObject* const* values, Py_ssize_t count, PyObject* keywords) {
  const Arguments<11> arguments(signatures::HttpClient, values, count, keywords);
  Exchange<_OrthancPluginCallHttpClient2> exchange(arguments, 0);
  auto& p = exchange.parameters;
  p.url = exchange.url();
  exchange.headers().fill(p.headersCount, p.headersKeys, p.headersValues);
  const ClientOptions options(arguments, 4);
  options.fill(p);
  return exchange.perform(_OrthancPluginService_CallHttpClient2);
}

}  // namespace handwritten

}  // namespace orthanc

// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The part of the plugin that is written in Python (src/orthanc_layer), embedded in this library.
#pragma once

#include <cstddef>

#include "module/ref.hpp"

namespace orthanc {

// What the C++ side uses of it; references that live as long as the process.
struct Layer {
  PyObject* orthancException;  // errors.OrthancException
  PyObject* formatException;   // errors.format_exception(exception) -> str
  PyObject* orthancStopping;   // errors.OrthancStopping
  PyObject* formatStack;       // life.format_stack(thread identifier) -> str
  PyObject*
      createEnumeration;      // enumerations.create(name, documentation, members, missing, version)
  PyObject* createModule;     // modules.complete(module, missing, version)
  PyObject* start;            // life.start(executable, prefix) -> list of warnings
  PyObject* refuseScript;     // scripts.refusal(path) -> str or None
  PyObject* loadScript;       // scripts.load(path)
  PyObject* unloadScript;     // scripts.unload()
  PyObject* stop;             // life.stop(seconds) -> list of warnings
  PyObject* showMemoryUsage;  // memory.start()
  PyObject* pieces;           // streams.pieces(source) -> iterator
  PyObject* sink;             // streams.sink(target) -> callable
  PyObject* upload;           // streams.Upload(callback, uri, request)
  PyObject* encodeIfDataset;  // datasets.encode_if_dataset(value) -> bytes or value
  PyObject* decodeDataset;    // datasets.decode(dicom, stop_before_pixels) -> pydicom.Dataset
  PyObject* webDavCollection;  // webdav.Collection(handler)
  PyObject* flattenHeaders;    // http.flatten_headers(headers) -> (key, value, key, value, ...)
  PyObject* createResponse;    // http.create_response(method, url, status, headers, body)
  PyObject* encodeJson;        // jobs.encode(dict, str or bytes) -> bytes
};

extern Layer layer;

// Executes the embedded modules; once per process. Throws PythonError.
void loadLayer();

// Generated: the embedded sources, in the order of their dependencies.
struct LayerSource {
  const char* name;  // "orthanc_layer.errors"
  const char* text;
  std::size_t size;
};
extern const LayerSource layerSources[];
extern const std::size_t layerSourceCount;

}  // namespace orthanc

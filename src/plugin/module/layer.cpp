// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "module/layer.hpp"

#include <string>

#include "module/builtins.hpp"

namespace orthanc {

Layer layer{};

namespace {

void execute(const LayerSource& source) {
  const std::string file = std::string("<") + source.name + ">";
  const Ref text =
      steal(py::Unicode_FromStringAndSize(source.text, static_cast<Py_ssize_t>(source.size)));
  const Ref name = steal(py::Unicode_FromString(file.c_str()));
  const Ref mode = steal(py::Unicode_FromString("exec"));
  const Ref code = steal(py::Object_CallFunctionObjArgs(builtins.compile, text.get(), name.get(),
                                                        mode.get(), nullptr));
  const Ref module = steal(py::Module_New(source.name));
  // workers.py sends the source of a module to other processes
  succeed(py::Object_SetAttrString(module.get(), "__source__", text.get()));
  const Ref package = steal(py::Unicode_FromString("orthanc_layer"));
  succeed(py::Object_SetAttrString(module.get(), "__package__", package.get()));
  if (std::string(source.name) == "orthanc_layer") {
    const Ref path = steal(py::List_New(0));
    succeed(py::Object_SetAttrString(module.get(), "__path__", path.get()));
  }
  succeed(py::Dict_SetItemString(py::Import_GetModuleDict(), source.name, module.get()));
  const Ref globals = steal(py::Object_GetAttrString(module.get(), "__dict__"));
  steal(py::Object_CallFunctionObjArgs(builtins.exec, code.get(), globals.get(), nullptr));
}

PyObject* attribute(const char* module, const char* name) {
  const Ref owner = steal(py::Import_ImportModule(module));
  return steal(py::Object_GetAttrString(owner.get(), name)).release();
}

}  // namespace

void loadLayer() {
  for (std::size_t i = 0; i < layerSourceCount; ++i) {
    execute(layerSources[i]);
  }
  layer.orthancException = attribute("orthanc_layer.errors", "OrthancException");
  layer.formatException = attribute("orthanc_layer.errors", "format_exception");
  layer.orthancStopping = attribute("orthanc_layer.errors", "OrthancStopping");
  layer.formatStack = attribute("orthanc_layer.life", "format_stack");
  layer.createEnumeration = attribute("orthanc_layer.enumerations", "create");
  layer.createModule = attribute("orthanc_layer.modules", "complete");
  layer.start = attribute("orthanc_layer.life", "start");
  layer.refuseScript = attribute("orthanc_layer.scripts", "refusal");
  layer.loadScript = attribute("orthanc_layer.scripts", "load");
  layer.unloadScript = attribute("orthanc_layer.scripts", "unload");
  layer.stop = attribute("orthanc_layer.life", "stop");
  layer.showMemoryUsage = attribute("orthanc_layer.memory", "start");
  layer.pieces = attribute("orthanc_layer.streams", "pieces");
  layer.sink = attribute("orthanc_layer.streams", "sink");
  layer.upload = attribute("orthanc_layer.streams", "Upload");
  layer.encodeIfDataset = attribute("orthanc_layer.datasets", "encode_if_dataset");
  layer.decodeDataset = attribute("orthanc_layer.datasets", "decode");
  layer.webDavCollection = attribute("orthanc_layer.webdav", "Collection");
  layer.flattenHeaders = attribute("orthanc_layer.http", "flatten_headers");
  layer.createResponse = attribute("orthanc_layer.http", "create_response");
  layer.encodeJson = attribute("orthanc_layer.jobs", "encode");
}

}  // namespace orthanc

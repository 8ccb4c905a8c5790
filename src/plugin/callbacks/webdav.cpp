// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Virtual WebDAV folders: each callback of the SDK is a method of
// orthanc_runtime.webdav.Collection.
#include <atomic>
#include <deque>
#include <mutex>

#include "binding/http_headers.hpp"
#include "binding/python_runtime.hpp"
#include "callbacks/callback.hpp"
#include "callbacks/webdav.hpp"

namespace orthanc {

namespace {

constexpr const char* kHeadline = "Error in the Python WebDAV collection";

// The payload of the C callbacks, for which Orthanc has no destructor
struct Folder {
  std::atomic<PyObject*> collection{nullptr};
};

std::mutex foldersMutex;
std::deque<Folder> folders;   // reused after a reset; their addresses do not change
std::size_t folderCount = 0;  // of the current script

struct Path {
  uint32_t size;
  const char* const* items;

  Ref tuple() const {
    Ref result = steal(py::Tuple_New(size));
    for (uint32_t i = 0; i < size; ++i) {
      succeed(py::Tuple_SetItem(result.get(), i, text(items[i]).release()));
    }
    return result;
  }
};

// collection.method(path[, data])
Ref callMethod(void* payload, const char* method, const Path& path, PyObject* data = nullptr) {
  PyObject* collection = static_cast<Folder*>(payload)->collection;
  if (collection == nullptr) {
    raiseOrthanc(OrthancPluginErrorCode_BadSequenceOfCalls, "Orthanc is stopping");
  }
  const Ref function = steal(py::Object_GetAttrString(collection, method));
  const Ref items = path.tuple();
  return steal(py::Object_CallFunctionObjArgs(function.get(), items.get(), data, nullptr));
}

uint8_t isTrue(const Ref& value) {
  return py::Object_IsTrue(value.get()) == 1 ? 1 : 0;
}

Utf8 nameAt(PyObject* row, Py_ssize_t index) {
  PyObject* name = py::Tuple_GetItem(row, index);
  Utf8 value(name);
  if (value.hasNul()) {
    raise(builtins.valueError, "The name of a WebDAV item contains a NUL character: %R", name);
  }
  return value;
}

// A MIME type or a time, which become headers
Utf8 headerAt(PyObject* row, Py_ssize_t index) {
  PyObject* header = py::Tuple_GetItem(row, index);
  Utf8 value(header);
  requireHeaderValue(value, header, "The MIME type of a WebDAV file");
  return value;
}

OrthancPluginErrorCode isExistingFolder(uint8_t* isExisting, uint32_t pathSize,
                                        const char* const* pathItems, void* payload) {
  return runCallback(kHeadline, [&] {
    *isExisting = isTrue(callMethod(payload, "exists", {pathSize, pathItems}));
  });
}

OrthancPluginErrorCode listFolder(uint8_t* isExisting, OrthancPluginWebDavCollection* collection,
                                  OrthancPluginWebDavAddFile addFile,
                                  OrthancPluginWebDavAddFolder addFolder, uint32_t pathSize,
                                  const char* const* pathItems, void* payload) {
  return runCallback(kHeadline, [&] {
    const Ref rows = callMethod(payload, "list", {pathSize, pathItems});
    *isExisting = rows.get() == builtins.none ? 0 : 1;
    if (*isExisting == 0) {
      return;
    }
    const Ref iterator = steal(py::Object_GetIter(rows.get()));
    while (const Ref row = next(iterator)) {
      const Utf8 name = nameAt(row.get(), 1);
      const Utf8 time = headerAt(row.get(), 4);
      if (py::Object_IsTrue(py::Tuple_GetItem(row.get(), 0)) == 1) {
        const auto size = requireInteger(py::Tuple_GetItem(row.get(), 2), "The size of a file");
        check(addFile(collection, name.data(), static_cast<uint64_t>(size),
                      headerAt(row.get(), 3).data(), time.data()));
      } else {
        check(addFolder(collection, name.data(), time.data()));
      }
    }
  });
}

OrthancPluginErrorCode retrieveFile(OrthancPluginWebDavCollection* collection,
                                    OrthancPluginWebDavRetrieveFile retrieve, uint32_t pathSize,
                                    const char* const* pathItems, void* payload) {
  return runCallback(kHeadline, [&] {
    const Ref found = callMethod(payload, "retrieve", {pathSize, pathItems});
    if (found.get() == builtins.none) {
      return;  // Orthanc answers that there is no such file
    }
    const ResultBytes content(py::Tuple_GetItem(found.get(), 0), "The content of a WebDAV file");
    check(retrieve(collection, content.data(), content.size(), headerAt(found.get(), 1).data(),
                   headerAt(found.get(), 2).data()));
  });
}

// Orthanc treats this flag as success, although its name and its documentation say otherwise
using Done = uint8_t;

OrthancPluginErrorCode storeFile(Done* done, uint32_t pathSize, const char* const* pathItems,
                                 const void* data, uint64_t size, void* payload) {
  return runCallback(kHeadline, [&] {
    const Ref content = bytesObject(data, size);
    *done = isTrue(callMethod(payload, "store", {pathSize, pathItems}, content.get()));
  });
}

OrthancPluginErrorCode createFolder(Done* done, uint32_t pathSize, const char* const* pathItems,
                                    void* payload) {
  return runCallback(kHeadline,
                     [&] { *done = isTrue(callMethod(payload, "create", {pathSize, pathItems})); });
}

OrthancPluginErrorCode deleteItem(Done* done, uint32_t pathSize, const char* const* pathItems,
                                  void* payload) {
  return runCallback(kHeadline,
                     [&] { *done = isTrue(callMethod(payload, "delete", {pathSize, pathItems})); });
}

Folder* addFolderOf(PyObject* collection) {
  const std::lock_guard<std::mutex> lock(foldersMutex);
  if (folderCount == folders.size()) {
    folders.emplace_back();
  }
  Folder& folder = folders[folderCount++];
  folder.collection = collection;
  return &folder;
}

}  // namespace

PyObject* handwritten::RegisterWebDavCollection(PyObject*, PyObject* const* values,
                                                Py_ssize_t count, PyObject* keywords) {
  const Arguments<2> arguments(signatures::RegisterWebDavCollection, values, count, keywords);
  const Text uri(arguments[0]);
  if (*static_cast<const char*>(uri) != '/') {
    arguments[0].refuse(builtins.valueError, "must start with a slash");
  }
  Ref collection = steal(py::Object_CallFunctionObjArgs(pythonRuntime.webDavCollection.get(),
                                                        arguments[1].value, nullptr));
  Folder* folder = addFolderOf(collection.get());
  collection.release();  // until clearWebDav
  const _OrthancPluginRegisterWebDavCollection parameters{
      uri, isExistingFolder, listFolder, retrieveFile, storeFile, createFolder, deleteItem, folder};
  check(call(_OrthancPluginService_RegisterWebDavCollection, &parameters));
  return none();
}

void clearWebDav() {
  const std::lock_guard<std::mutex> lock(foldersMutex);
  for (Folder& folder : folders) {
    stealOrNull(folder.collection.exchange(nullptr));
  }
  folderCount = 0;
}

}  // namespace orthanc

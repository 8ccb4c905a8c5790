// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The JSON that test programs print. A copy of a value is the same value.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <type_traits>

#include "yyjson.h"

namespace json {

class Value {
 public:
  std::string text() const {
    // Texts of Orthanc are bytes that need not be UTF-8
    const std::unique_ptr<char, void (*)(void*)> written(
        yyjson_mut_write(document_.get(), YYJSON_WRITE_ALLOW_INVALID_UNICODE, nullptr), std::free);
    return written.get();
  }

 protected:
  explicit Value(yyjson_mut_val* (*make)(yyjson_mut_doc*))
      : document_(yyjson_mut_doc_new(nullptr), yyjson_mut_doc_free) {
    yyjson_mut_doc_set_root(document_.get(), make(document_.get()));
  }

  yyjson_mut_val* root() { return yyjson_mut_doc_get_root(document_.get()); }

  // A number, a Boolean, a text, nullptr, or a copy of another Value
  template <class T>
  yyjson_mut_val* create(const T& value) {
    yyjson_mut_doc* document = document_.get();
    if constexpr (std::is_base_of_v<Value, T>) {
      return yyjson_mut_val_mut_copy(document, yyjson_mut_doc_get_root(value.document_.get()));
    } else if constexpr (std::is_same_v<T, std::nullptr_t>) {
      return yyjson_mut_null(document);
    } else if constexpr (std::is_same_v<T, bool>) {
      return yyjson_mut_bool(document, value);
    } else if constexpr (std::is_convertible_v<const T&, std::int64_t>) {
      return yyjson_mut_sint(document, static_cast<std::int64_t>(value));
    } else {
      return string(value);
    }
  }

  yyjson_mut_val* string(const std::string& bytes) {
    return yyjson_mut_strncpy(document_.get(), bytes.data(), bytes.size());
  }

 private:
  std::shared_ptr<yyjson_mut_doc> document_;
};

class Object : public Value {
 public:
  Object() : Value(yyjson_mut_obj) {}

  template <class T>
  Object& add(const std::string& name, const T& value) {
    yyjson_mut_obj_add(root(), string(name), create(value));
    return *this;
  }
};

class Array : public Value {
 public:
  Array() : Value(yyjson_mut_arr) {}

  template <class T>
  Array& add(const T& value) {
    yyjson_mut_arr_append(root(), create(value));
    return *this;
  }
};

}  // namespace json

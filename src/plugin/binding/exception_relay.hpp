// SPDX-FileCopyrightText: The Orthanc Python plugin authors
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// For callbacks during a function that the script calls: that function raises the exception of its
// callback.
#pragma once

#include <utility>

#include "binding/enter_python.hpp"

namespace orthanc {

class ExceptionRelay {
 public:
  // Runs a part of the body in Python. False after an exception, in this part or an earlier one.
  template <class Body>
  bool run(Body&& body) {
    bool succeeded = false;
    entered_ = entered_ && enterPython([&] {
                 if (exception_) {
                   return;
                 }
                 const ForkCheck fork;
                 try {
                   body();
                   succeeded = true;
                 } catch (const PythonError&) {
                   succeeded = false;  // taken below: Python code may run meanwhile
                 } catch (...) {
                   translateException();
                 }
                 if (!succeeded) {
                   exception_ = takeException();
                 }
                 if (fork.isNewChild()) {
                   endChild(exception_);
                 }
               });
    return succeeded;
  }

  // Raises the exception of a callback, or the error of the function itself.
  void check(OrthancPluginErrorCode code) {
    if (exception_) {
      restoreException(exception_);
      throw PythonError{};
    }
    orthanc::check(entered_ ? code : OrthancPluginErrorCode_NotEnoughMemory);
  }

 private:
  [[noreturn]] static void endChild(const Ref& exception) {
    if (exception) {
      restoreException(exception);
    }
    endForkedChild("Error in a function that Orthanc calls for the script");
  }

  bool entered_ = true;
  Ref exception_;
};

}  // namespace orthanc

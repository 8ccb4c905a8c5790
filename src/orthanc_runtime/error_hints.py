# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The line below a traceback that names the remedy, for exceptions with a known one."""

from __future__ import annotations

import os
import re
import sys
from typing import Any

from .errors import OrthancException

# Values of orthanc.ErrorCode
_REMEDIES = {
    9: "The lines of Orthanc above name the response, or the reason why there is none. Without a "
    "response, check the URL or address, the port, and for HTTPS the option HttpsCACertificates.",
    14: "Orthanc cannot write a file: check the rights of its account, and the space on the disk.",
    19: "The storage is full: see the options MaximumStorageSize and MaximumPatientCount.",
    22: "Orthanc is read-only: see its option ReadOnly.",
    2001: "Orthanc cannot write to its storage: check the rights of its account, and the space.",
    2009: "An AE title has at most 16 characters, all of them ASCII.",
    2038: "Orthanc has no database yet while it imports the script: wait for ORTHANC_STARTED. "
    "Do this in a function that you register with orthanc.RegisterOnChangeCallback, when its "
    "first argument is orthanc.ChangeType.ORTHANC_STARTED.",
}

# A function that was called without await
_COROUTINE = re.compile(r"'coroutine' object|type coroutine is not JSON|must not return coroutine")
_RESPONSE = re.compile(r"must not return Response")
_PICKLE = re.compile(r"Can't (pickle|get) local object|not the same object as|attribute lookup")
_NAMED_GROUP = re.compile(r"is not a valid regular expression: .*\(\?P<")
_WRONG_PARAMETERS = (
    "Orthanc calls this function: give it the parameters of its kind of callback. **keywords takes "
    "those that you do not use, as in def f(output, uri, **request)."
)
# Orthanc has called a function with other arguments than it takes
_ARGUMENTS = re.compile(
    r"\(\) (takes |missing \d|got an unexpected keyword argument)(?!.*function of a route)"
)

# Packages whose name on PyPI differs from the name of their module
_PACKAGES = {
    "PIL": "Pillow",
    "cv2": "opencv-python-headless",
    "dateutil": "python-dateutil",
    "gdcm": "python-gdcm",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "yaml": "PyYAML",
}


def hint(exception: BaseException) -> str:
    """The remedy for the exception; empty if none is known."""
    try:
        return _hint(exception)
    except Exception:  # the traceback is more important
        return ""


def _hint(exception: BaseException) -> str:
    if isinstance(exception, OrthancException):
        return _REMEDIES.get(exception.args[0], "") if exception.args else ""
    if isinstance(exception, SyntaxError):
        return _of_syntax(exception)
    if isinstance(exception, ModuleNotFoundError):
        return _of_module(exception.name or "")
    if isinstance(exception, ImportError) and exception.name == "orthanc":
        return _of_orthanc(str(exception))
    if isinstance(exception, AttributeError) and " needs Orthanc " in str(exception):
        return "Upgrade Orthanc, or ask first with hasattr()."
    if isinstance(exception, (AttributeError, TypeError)) and _COROUTINE.search(str(exception)):
        return "Wait for the coroutine: (await orthanc.aio.rest.get(uri)).json(), for example."
    return _of_text(exception)


def _of_text(exception: BaseException) -> str:
    text = str(exception)
    if isinstance(exception, TypeError) and _RESPONSE.search(text):
        return "Return a part of the response: response.json(), response.text or response.content."
    if isinstance(exception, TypeError) and _ARGUMENTS.search(text):
        return "" if _is_in_script(exception) else _WRONG_PARAMETERS
    if _NAMED_GROUP.search(text):
        return "Orthanc has no named groups: write (...) for (?P<name>...), and use their order."
    if text.startswith("SQLite objects created in a thread"):
        return "Orthanc calls callbacks on many threads: open the connection where you use it."
    if _PICKLE.search(text):
        return "A worker can call only functions at the top level of the script or of a module."
    return ""


def _is_in_script(exception: BaseException) -> bool:
    """Whether a line of the script, or of a library, is in the traceback."""
    traceback = exception.__traceback__
    while traceback is not None:
        if not traceback.tb_frame.f_code.co_filename.startswith("<"):
            return True
        traceback = traceback.tb_next
    return False


def _python() -> str:
    return f"Python {sys.version.split()[0]} ({sys.executable})"


def _of_syntax(error: SyntaxError) -> str:
    if not os.path.exists(error.filename or ""):  # such as code passed to exec()
        return ""
    place = f"line {error.lineno} of {error.filename}"
    return f"Correct {place}. It must be valid for {_python()}; Python.Executable chooses another."


def _of_module(name: str) -> str:
    package = name.partition(".")[0]
    if package != name and package in sys.modules:
        return f"The package {package!r} has no module {name!r}: check the name and the version."
    if package in getattr(sys, "stdlib_module_names", ()):
        return f"{_python()} lacks this part of its standard library: install it completely."
    if sys.prefix == sys.base_prefix and _is_managed():
        return (
            f"Scripts run in {_python()}, which belongs to the system. Make a virtual environment, "
            f"install {_PACKAGES.get(package, package)} there, and name the environment with the "
            "option Python.VirtualEnv. Modules of your own belong beside the script."
        )
    return (
        f"Scripts run in {_python()}. Install the package for it: "
        f"{sys.executable} -m pip install {_PACKAGES.get(package, package)}. "
        "Modules of your own belong beside the script."
    )


def _is_managed() -> bool:
    """Whether pip refuses to install into this Python (PEP 668)."""
    from sysconfig import get_path

    return os.path.exists(os.path.join(get_path("stdlib"), "EXTERNALLY-MANAGED"))


def _of_orthanc(message: str) -> str:
    """The module's message about a name, which `from orthanc import name` drops."""
    name = message.split("'")[1]
    module: Any = sys.modules["orthanc"]
    try:
        getattr(module, name)
    except AttributeError as error:
        return "" if "Did you mean" in message else str(error)
    return ""

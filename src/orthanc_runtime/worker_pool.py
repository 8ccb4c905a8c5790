# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Provide `orthanc` in worker processes, and `orthanc.WorkerPool`."""

from __future__ import annotations

import json
import os
import sys
import weakref
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from types import ModuleType
from typing import Any, TypeVar

from . import (
    enumerations,
    loaded,
    module_attributes,
    sources,
    worker_functions,
    worker_futures,
    worker_import,
    worker_module,
    worker_output,
    worker_placeholders,
)

T = TypeVar("T")

_LOAD = """
import sys, types
if "orthanc_runtime" not in sys.modules:
    package = sys.modules["orthanc_runtime"] = types.ModuleType("orthanc_runtime")
    package.__path__ = []
    exec(bundle["sources"]["orthanc_runtime"], vars(package))
    package.install(bundle["sources"])
    from orthanc_runtime import worker_module
    worker_module.install(bundle["settings"])
"""
_START = f"""
import json, os
with open(os.path.join(os.path.dirname(__file__), "bundle.json"), encoding="utf-8") as file:
    bundle = json.load(file)
{_LOAD}
"""

_folder: str | None = None
_settings: dict[str, Any] | None = None
_pools: weakref.WeakSet[WorkerPool] = weakref.WeakSet()


def _server_url(configuration: dict[str, Any]) -> str:
    scheme = "https" if configuration.get("SslEnabled") else "http"
    addresses = configuration.get("HttpBindAddresses") or ["127.0.0.1"]
    return f"{scheme}://{addresses[0]}:{configuration.get('HttpPort', 8042)}"


def settings() -> dict[str, Any]:
    """The settings of this Orthanc for a worker, with a token for its whole REST API."""
    global _settings
    worker_import.install_in_parent()
    if _settings is None:
        module: Any = sys.modules["orthanc"]
        constants = {
            name: getattr(module, name)()
            for name in worker_functions.CONSTANTS
            if hasattr(module, name)
        }
        count = constants.get("GetCommandLineArgumentsCount", 0)
        _settings = {
            "url": _server_url(json.loads(constants["GetConfiguration"])),
            "token": constants["GenerateRestApiAuthorizationToken"],
            "constants": constants,
            "version": module_attributes.running_version,
            "arguments": [module.GetCommandLineArgument(index) for index in range(count)],
            "names": _names(module),
            "output": _output_settings(),
            "scripts": _script_modules(),
            "enumerations": {
                name: dict(value.__members__)
                for name, value in vars(module).items()
                if isinstance(value, enumerations.EnumerationType)
            },
        }
    return _settings


def _names(module: ModuleType) -> dict[str, str]:
    """The names of the module, and whether each is a class. Runs before a fork: no imports."""
    classes = {name for name, value in vars(module).items() if isinstance(value, type)}
    classes.add("WorkerPool")
    return {
        name: "class" if name in classes else ""
        for name in (*dir(module), *module_attributes.HIDDEN)
        if not name.startswith("_")
    }


def _script_modules() -> dict[str, str]:
    """The modules of the option `Python.Scripts`, with their files."""
    packages = loaded("script_packages")
    return {} if packages is None else packages.places()


def _output_settings() -> dict[str, Any] | None:
    """Settings for sending output to Orthanc's log; None if it goes to standard output."""
    output = loaded("output")
    if output is None or output.destination == "stdout":
        return None
    return worker_output.settings()


def _bundle() -> dict[str, Any]:
    return {"settings": settings(), "sources": dict(sources)}


def start_file() -> str:
    """The file that multiprocessing runs first; created at the first call."""
    global _folder
    if _folder is None:
        import tempfile

        bundle = json.dumps(_bundle())  # raises while Orthanc stops: then no folder is made
        # only this user may read the folder: the token grants full access
        folder = tempfile.mkdtemp(prefix="orthanc-python-")
        for name, text in ("bundle.json", bundle), ("start.py", _START):
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        _folder = folder
    return os.path.join(_folder, "start.py")


def module_for_child() -> ModuleType | None:
    """The module `orthanc` in a forked process, if its settings were collected before."""
    return None if _settings is None else worker_module.create(_settings)


def stop() -> None:
    """End the workers when Orthanc shuts down."""
    for pool in list(_pools):
        pool.shutdown()


def forget() -> None:
    """Delete the settings and the start file: Orthanc's next run has another token."""
    global _folder, _settings
    if _folder is not None:
        import shutil

        shutil.rmtree(_folder, ignore_errors=True)
    output = loaded("worker_output")
    if output is not None:
        output.stop()
    _folder = _settings = None


class WorkerPool(Executor):
    """Calls functions in worker processes, to use all cores.

    The functions, their arguments and results are pickled. In a worker, `import orthanc` gives a
    client of the REST API of this Orthanc: `orthanc.rest`, `orthanc.RestApiGet()` and others.

    `processes` is their number (default: the number of cores), `start_method` one of
    `multiprocessing` (default: "forkserver", or "spawn" on Windows). Alternatively,
    `executor` is any executor of `concurrent.futures`, such as the one of a Dask cluster.
    The pool ends with Orthanc, or by `shutdown()`.
    """

    __module__ = "orthanc"

    def __init__(
        self,
        processes: int | None = None,
        *,
        start_method: str | None = None,
        executor: Executor | None = None,
    ) -> None:
        self._foreign = executor
        if executor is not None and (processes is not None or start_method is not None):
            raise TypeError("an executor has its own processes and start method")
        self._own = None if executor is not None else self._make(processes, start_method)
        self._process = os.getpid()
        self._ended: list[bool] = []  # not empty after the end; futures must not refer to the pool
        _pools.add(self)

    @staticmethod
    def _make(processes: int | None, start_method: str | None) -> Executor:
        import multiprocessing
        from concurrent.futures import ProcessPoolExecutor

        if start_method is None:
            # fork() copies the locks of Orthanc's threads as they are, but not the threads
            methods = multiprocessing.get_all_start_methods()
            start_method = "forkserver" if "forkserver" in methods else "spawn"
        return ProcessPoolExecutor(
            processes,
            mp_context=multiprocessing.get_context(start_method),
            initializer=worker_module.ignore_interrupts,
        )

    def submit(self, function: Callable[..., T], /, *arguments: Any, **keywords: Any) -> Future[T]:
        """Call a function in a worker; return a Future of its result.

        The log shows an exception of the call if the script never reads the Future.
        """
        future = self._submit(function, *arguments, **keywords)
        return worker_futures.watch(future, function, self._ended)

    def _submit(self, function: Callable[..., T], /, *arguments: Any, **keywords: Any) -> Future[T]:
        self._require_this_process()
        if self._own is not None:
            return self._own.submit(function, *arguments, **keywords)
        assert self._foreign is not None
        import pickle

        # The worker may run on any machine, so the task includes the sources. The call is pickled
        # separately: it can be unpickled only once `orthanc` is installed.
        call = pickle.dumps((function, arguments, keywords))
        code = "exec(load) or __import__('sys').modules['orthanc_runtime.worker_module'].run(call)"
        return self._foreign.submit(eval, code, {"load": _LOAD, "bundle": _bundle(), "call": call})

    def _require_this_process(self) -> None:
        if os.getpid() != self._process:  # in a forked worker, which lacks the pool's threads
            worker_placeholders.refuse("orthanc.WorkerPool().run")

    def run(self, function: Callable[..., T], /, *arguments: Any, **keywords: Any) -> T:
        """Call a function in a worker and wait for its result."""
        return self.submit(function, *arguments, **keywords).result()

    def map(
        self,
        fn: Callable[..., T],
        *iterables: Iterable[Any],
        timeout: float | None = None,
        chunksize: int = 1,
    ) -> Iterator[T]:
        """As the built-in map(), in workers."""
        self._require_this_process()
        if self._own is not None:
            return self._own.map(fn, *iterables, timeout=timeout, chunksize=chunksize)
        return super().map(fn, *iterables, timeout=timeout, chunksize=chunksize)

    def shutdown(self, wait: bool = False, *, cancel_futures: bool = True) -> None:
        """End the processes and the calls in them; with `wait`, let running calls finish first.

        An executor passed by the script keeps running: the script owns it.
        """
        if self._own is None:
            return
        if not wait:
            self._ended.append(True)  # running calls fail
        processes = dict(getattr(self._own, "_processes", None) or {})
        self._own.shutdown(wait=wait, cancel_futures=cancel_futures)
        if not wait:
            for process in processes.values():
                process.terminate()


def exports(module: ModuleType) -> dict[str, object]:
    """The contents of this module that `orthanc` offers."""
    return {"WorkerPool": WorkerPool}

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""`orthanc-python run`: --http-port, --dicom-port, and the addresses that it prints."""

from __future__ import annotations

import json
import os
import re
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from orthanc_python.listening_addresses import listening_addresses

from .running import HELLO, Run


def addresses(running: Run) -> list[str]:
    """The addresses on which Orthanc listens, from the output."""
    assert running.url
    running.output.wait_for("^  Stop  Ctrl-C", 60)
    return re.findall(r"^  ((?:HTTP|DICOM) .*)", running.output.text, re.MULTILINE)


def test_the_addresses_of_the_servers_are_shown(run: Callable[..., Run]) -> None:
    """Orthanc listens on all addresses, and refuses the requests of other machines itself."""
    http, dicom = addresses(run(HELLO))
    assert "of all addresses (0.0.0.0); requests of other machines are refused" in http
    assert "of all addresses (0.0.0.0), as ORTHANC; other machines may use it" in dicom


def test_the_addresses_follow_the_configuration(run: Callable[..., Run], tmp_path: Path) -> None:
    config = {
        "RemoteAccessAllowed": True,
        "RegisteredUsers": {"alice": "long and secret"},
        "DicomServerEnabled": False,
    }
    path = tmp_path / "orthanc.json"
    path.write_text(json.dumps(config), encoding="utf-8")
    http, dicom = addresses(run(HELLO, "--config", path))
    assert "other machines may use it (RemoteAccessAllowed)" in http
    assert dicom == "DICOM off (DicomServerEnabled is false)"


def test_the_listening_addresses_of_a_process_are_found() -> None:
    with socket.socket() as some, socket.socket(socket.AF_INET6) as other:
        some.bind(("127.0.0.1", 0))
        port = some.getsockname()[1]
        assert listening_addresses(os.getpid(), port) == []
        some.listen()
        other.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        other.bind(("::1", port))
        other.listen()
        assert listening_addresses(os.getpid(), port) == ["127.0.0.1", "::1"]


@pytest.mark.parametrize("option", ["--http-port", "--dicom-port"])
def test_a_port_in_use_is_named(run: Callable[..., Run], option: str) -> None:
    with socket.socket() as taken:
        taken.bind(("", 0))
        taken.listen()
        port = taken.getsockname()[1]
        running = run(HELLO, option, port)
        assert running.end() == 2
    assert f"port {port} is in use; choose another one with {option}" in running.output.text


def test_another_port_is_used_if_the_usual_port_is_in_use(run: Callable[..., Run]) -> None:
    first = run(HELLO, usual_ports=True)
    assert first.url
    second = run(HELLO, usual_ports=True)
    assert second.url != first.url
    for running in (first, second):
        running.press_ctrl_c()
        assert running.end() == 0

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The examples of jobs, of internal and outgoing requests, and of authentication."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import jwt
import pytest

from tests.support.debian_chroots import Chroot
from tests.support.servers import Servers

from .conftest import Example, upload

SECRET = "a secret of thirty-two characters"


def test_verify_job(example: Example) -> None:
    server = example("verify_job.py", config={"MaximumStorageCacheSize": 0})
    stored = [upload(server, f"P{number}") for number in range(23)]  # more than one page
    assert server.get("/verify").status_code == 405
    done = server.wait_for_job(server.post("/verify").text)
    assert (done["State"], done["Type"], done["Progress"]) == ("Success", "Verify", 100)
    assert done["Content"] == {"Verified": 23, "Damaged": []}

    damaged = stored[7]["ID"]
    content = server.get(f"/instances/{damaged}/file").content
    files = (path for path in server.directory.rglob("*") if path.is_file())
    file = next(path for path in files if path.read_bytes() == content)
    file.write_bytes(content[:-1] + b"?")
    done = server.wait_for_job(server.post("/verify").text)
    assert done["Content"] == {"Verified": 23, "Damaged": [damaged]}


def test_mirror_study(example: Example, orthanc: Servers) -> None:
    archive = orthanc(None, config={"Name": "Archive"})
    server = example("mirror_study.py", config={"OrthancPeers": {"archive": [archive.url + "/"]}})
    study = upload(server, "P1")["ParentStudy"]
    answer = server.post(f"/mirror/archive/{study}")
    assert answer.json() == {"Copied": True, "Peer": "Archive"}
    assert archive.get("/studies").json() == [study]
    assert server.post(f"/mirror/archive/{study}").json() == {"Copied": False, "Peer": "Archive"}
    assert server.get(f"/mirror/archive/{study}").status_code == 405
    assert server.post("/mirror/archive/nothing").status_code == 404
    assert server.post(f"/mirror/nobody/{study}").status_code == 404
    archive.stop()
    assert server.post(f"/mirror/archive/{study}").status_code == 500


@pytest.fixture
def packages(chroot: Callable[[str], Chroot]) -> Iterator[str]:
    """PyJWT in a folder of the chroot, as a path inside."""
    root = chroot("sid").root
    folder = Path(tempfile.mkdtemp(dir=root / "tmp"))
    shutil.copytree(Path(jwt.__file__).parent, folder / "jwt")
    yield f"/{folder.relative_to(root)}"
    shutil.rmtree(folder)


def bearer(secret: str = SECRET, **claims: object) -> dict[str, str]:
    token = jwt.encode({"exp": time.time() + 600, **claims}, secret, algorithm="HS256")
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.chroot
def test_token_authentication(example: Example, packages: str) -> None:
    server = example(
        "token_authentication.py",
        debian="sid",
        env={"PYTHONPATH": packages},
        config={"Tokens": {"Secret": SECRET}},
    )
    assert server.get("/system").status_code == 401
    reader = bearer(sub="Ada", role="reader")
    answer = server.get("/whoami", headers=reader)
    assert (answer.json()["sub"], answer.json()["role"]) == ("Ada", "reader")
    server.wait_for_log("Audit: Ada: whoami")
    assert server.get("/system", headers=reader).status_code == 200
    assert server.post("/tools/lookup", "x", headers=reader).status_code == 403
    editor = bearer(sub="Bob", role="editor")
    assert server.post("/tools/lookup", "x", headers=editor).status_code == 200
    claims = {"sub": "Eve", "role": "editor"}
    endless = {"Authorization": f"Bearer {jwt.encode(claims, SECRET, algorithm='HS256')}"}
    claims_with_end = {**claims, "exp": time.time() + 600}
    unsigned = {"Authorization": f"Bearer {jwt.encode(claims_with_end, '', algorithm='none')}"}
    for wrong in (
        bearer("another secret of thirty-two bytes", sub="Eve"),
        bearer(sub="Eve", exp=time.time() - 10),
        bearer(),
        unsigned,
        endless,
        {"Authorization": "Bearer nonsense"},
        {"Authorization": "Basic QTpC"},
    ):
        assert server.get("/whoami", headers=wrong).status_code == 401

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Requests over HTTPS, to a server that requests a certificate from its clients."""

from __future__ import annotations

import shutil
import ssl
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography.hazmat.primitives import serialization

from orthanc_python.server import Orthanc
from tests.support import web
from tests.support.debian_chroots import Chroot
from tests.support.servers import Servers, wait_for

SCRIPT = """
import json
import orthanc
from recorder import answer, route

NETWORK = orthanc.ErrorCode.NETWORK_PROTOCOL


def chunked(url, **options):
    received = []
    status, headers = orthanc.ChunkedHttpClient(
        orthanc.HttpMethod.PUT, url, request=iter(['a', 'b']), answer=received.append, **options)
    return b''.join(received).decode()


CALLS = {
    'http': lambda url, **options: orthanc.http.put(url, 'ab', **options).text,
    'chunked': chunked,
    'peer': lambda name, **options: orthanc.peer(name).put('/', 'ab', **options).text,
}


@route('/call/(.*)')
def call(output, uri, groups, body, **request):
    try:
        answer(output, CALLS[groups[0]](**json.loads(body)))
    except orthanc.OrthancException as error:
        answer(output, [type(error).__name__, error.args[0] == NETWORK])
"""


class Backend(web.Handler):
    """Responds with the name in the client's certificate, and the body."""

    def do_PUT(self) -> None:
        assert isinstance(self.connection, ssl.SSLSocket)
        names = (self.connection.getpeercert() or {}).get("subjectAltName", ())
        self.answer(f"{names[0][1]}: {self.body().decode()}".encode())


class Quiet(ThreadingHTTPServer):
    """A server that prints no traceback when it refuses a client."""

    def get_request(self) -> tuple[Any, Any]:
        connection, address = super().get_request()
        connection.settimeout(30)
        return connection, address

    def handle_error(self, request: Any, client_address: Any) -> None:
        """The handshake has failed, as intended."""


@dataclass(frozen=True)
class Place:
    """A folder that Orthanc can read: its path on this machine and inside the chroot."""

    folder: Path
    inside: str

    def write(self, name: str, content: bytes) -> str:
        (self.folder / name).write_bytes(content)
        return f"{self.inside}/{name}"


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(None, marks=pytest.mark.this_machine),
        pytest.param("sid", marks=pytest.mark.chroot),
    ],
    ids=["here", "sid"],
)
def where(request: pytest.FixtureRequest) -> str | None:
    name: str | None = request.param
    return name


@pytest.fixture(scope="module")
def place(where: str | None, chroot: Callable[[str], Chroot]) -> Iterator[Place]:
    root = chroot(where).root if where is not None else Path("/")
    folder = Path(tempfile.mkdtemp(dir=root / "tmp"))
    yield Place(folder, f"/{folder.relative_to(root)}")
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def url(authority: trustme.CA) -> Iterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.verify_mode = ssl.CERT_REQUIRED
    # in TLS 1.3 the client's handshake ends before the server refuses the certificate
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    authority.configure_trust(context)
    authority.issue_cert("127.0.0.1").configure_cert(context)

    def encrypt(server: Quiet) -> None:
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )

    with web.serving(Backend, Quiet, encrypt) as port:
        yield f"https://127.0.0.1:{port}/"


@dataclass(frozen=True)
class Files:
    """Paths as Orthanc sees them."""

    authority: str
    both: str  # certificate and key
    certificate: str
    key: str
    locked: str  # the key, with a password
    stranger: str  # from another authority


@pytest.fixture(scope="module")
def files(place: Place, authority: trustme.CA) -> Files:
    client = authority.issue_cert("script@hospital.example")
    chain = b"".join(blob.bytes() for blob in client.cert_chain_pems)
    key = serialization.load_pem_private_key(client.private_key_pem.bytes(), None)
    locked = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"open sesame"),
    )
    stranger = trustme.CA().issue_cert("stranger@elsewhere.example")
    return Files(
        place.write("authority.pem", authority.cert_pem.bytes()),
        place.write("both.pem", client.private_key_and_cert_chain_pem.bytes()),
        place.write("certificate.pem", chain),
        place.write("key.pem", client.private_key_pem.bytes()),
        place.write("locked.pem", locked),
        place.write("stranger.pem", stranger.private_key_and_cert_chain_pem.bytes()),
    )


Start = Callable[..., Orthanc]


@pytest.fixture(scope="module")
def start(module_orthanc: Servers, where: str | None, url: str, files: Files) -> Start:
    pair = {"CertificateFile": files.certificate, "CertificateKeyFile": files.locked}
    peers = {
        "known": {"Url": url, "CertificateKeyPassword": "open sesame", **pair},
        "locked": {"Url": url, "CertificateKeyPassword": "wrong", **pair},
        "nobody": {"Url": url},
        "token": {"Url": url, "Pkcs11": True},
    }

    def run(**config: object) -> Orthanc:
        settings = {"OrthancPeers": peers, "HttpTimeout": 20, **config}
        return module_orthanc(SCRIPT, debian=where, config=settings)

    return run


@pytest.fixture(scope="module")
def server(start: Start, files: Files) -> Orthanc:
    return start(HttpsVerifyPeers=True, HttpsCACertificates=files.authority)


ANSWER = "script@hospital.example: ab"
FAILURE = ["OrthancException", True]


def call(server: Orthanc, client: str, **arguments: object) -> object:
    answer = server.post(f"/call/{client}", json=arguments)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_each_form_of_a_client_certificate_is_accepted(
    server: Orthanc, url: str, files: Files
) -> None:
    for certificate in (
        files.both,
        [files.both],
        [files.certificate, files.key],
        [files.certificate, files.locked, "open sesame"],
    ):
        assert call(server, "http", url=url, cert=certificate) == ANSWER


def test_a_wrong_client_certificate_is_refused(server: Orthanc, url: str, files: Files) -> None:
    for certificate in (
        None,
        files.stranger,
        files.certificate,  # without its key
        [files.certificate, files.locked, "wrong"],
        "/no/such/file.pem",
    ):
        answer = call(server, "http", url=url, cert=certificate)
        assert isinstance(answer, list), certificate
        assert answer[0] == "OrthancException"


def test_the_chunked_client_has_client_certificates(
    server: Orthanc, url: str, files: Files
) -> None:
    pair = {"certificate_file": files.certificate, "certificate_key_file": files.locked}
    opened = {**pair, "certificate_key_password": "open sesame"}
    assert call(server, "chunked", url=url, **opened) == ANSWER
    assert call(server, "chunked", url=url, certificate_file=files.both) == ANSWER
    for wrong in ({}, {**pair, "certificate_key_password": "wrong"}):
        assert call(server, "chunked", url=url, **wrong) == FAILURE


def test_peers_have_certificates_in_the_configuration(server: Orthanc) -> None:
    assert call(server, "peer", name="known") == ANSWER
    for name in ("locked", "nobody"):
        assert call(server, "peer", name=name) == FAILURE


@pytest.mark.parametrize(
    ("client", "arguments", "certificate"),
    [
        ("http", {"pkcs11": True}, "cert"),
        ("chunked", {"pkcs11": True}, "certificate_file"),
        ("peer", {"name": "token"}, None),
    ],
)
def test_pkcs11_raises_without_the_support_of_orthanc(
    server: Orthanc, url: str, files: Files, client: str, arguments: Any, certificate: str | None
) -> None:
    """Debian builds Orthanc without it, so that a request for it raises an exception."""
    start = len(server.log)

    def refused(text: str, **more: object) -> None:
        assert call(server, client, **arguments, **more) == ["OrthancException", False]
        wait_for(lambda: text in server.log[start:], text)

    if client != "peer":
        arguments = {**arguments, "url": url}
    refused("compiled without support for PKCS#11")
    if certificate is not None:
        both = {certificate: files.both}
        refused("Cannot enable both client certificates and PKCS#11", **both)


def test_a_server_of_an_unknown_authority(start: Start, url: str, place: Place) -> None:
    other = place.write("other.pem", trustme.CA().cert_pem.bytes())
    server = start(HttpsVerifyPeers=True, HttpsCACertificates=other)
    both = f"{place.inside}/both.pem"
    assert call(server, "http", url=url, cert=both) == FAILURE
    assert call(server, "chunked", url=url, certificate_file=both) == FAILURE
    assert call(server, "peer", name="known") == FAILURE


def test_verification_can_be_switched_off(start: Start, url: str, files: Files) -> None:
    server = start(HttpsVerifyPeers=False)
    assert call(server, "http", url=url, cert=files.both) == ANSWER
    assert call(server, "peer", name="known") == ANSWER

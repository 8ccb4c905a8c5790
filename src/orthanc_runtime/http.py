# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""HTTP clients with the interface of requests: `orthanc.rest`, `orthanc.http`, `orthanc.peer()`.

Orthanc sends the requests: to itself without a port and without a token, to its peers with their
credentials, to other servers with the proxy and the certificate authorities of its configuration.
"""

from __future__ import annotations

import json as json_
import re
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

from .errors import OrthancException

METHODS = {"GET": 1, "POST": 2, "PUT": 3, "DELETE": 4}  # orthanc.HttpMethod

# The values of orthanc.ErrorCode for which Orthanc responds with another status than 500
_STATUSES = {
    **dict.fromkeys((3, 5, 8, 12, 15, 28, *range(2019, 2026)), 400),
    29: 401,
    45: 403,
    **dict.fromkeys((7, 13, 17, 21), 404),
    34: 406,
    **dict.fromkeys((43, 46), 409),
    3000: 415,
    41: 416,
    **dict.fromkeys((36, 42), 503),
}
# The reverse: BAD_REQUEST, UNAUTHORIZED, FORBIDDEN_ACCESS, UNKNOWN_RESOURCE, ...
_CODES = {400: 8, 401: 29, 403: 45, 404: 17, 406: 34, 409: 46, 416: 41, 503: 36}
_BAD_SEQUENCE_OF_CALLS, _NETWORK_PROTOCOL, _DATABASE_NOT_INITIALIZED = 6, 9, 2038


# A control character would end a header, so that a value could inject another one: http_headers.hpp
_is_token = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+").fullmatch
_is_value = re.compile(r"[^\0-\x08\x0A-\x1F\x7F]*").fullmatch


def to_str(text: bytes) -> str:
    """Decode a text of Orthanc as the native part does; bytes that are not UTF-8 are kept."""
    return text.decode("utf-8", "surrogateescape")


def to_bytes(text: str) -> bytes:
    """Encode a text; the reverse of `to_str`."""
    return text.encode("utf-8", "surrogateescape")


class Headers(Mapping[str, str]):
    """The headers of a response: `headers["content-type"]` finds `Content-Type`."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = dict(headers)
        self._names = {name.lower(): name for name in headers}

    def __getitem__(self, name: str) -> str:
        return self._headers[self._names[name.lower()]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._headers)

    def __len__(self) -> int:
        return len(self._headers)

    def __repr__(self) -> str:
        return repr(self._headers)


def decode_text(body: bytes, headers: Mapping[str, str]) -> str:
    """The text of a body: in the charset of its Content-Type, else in UTF-8."""
    found = re.search(r"charset=\"?([\w.-]+)", headers.get("content-type", ""))
    try:
        return body.decode(found[1] if found else "utf-8", "replace")
    except LookupError:
        return body.decode("utf-8", "replace")


class Response:
    """The response to an HTTP request."""

    __module__ = "orthanc"

    def __init__(
        self, method: str, url: str, status_code: int, headers: Mapping[str, str], content: bytes
    ) -> None:
        self.method = method
        self.url = url
        self.status_code = status_code
        self.headers = Headers(headers)
        self.content = content

    @property
    def ok(self) -> bool:
        """Whether the status is below 400."""
        return self.status_code < 400

    @property
    def text(self) -> str:
        """The body as a str: in the charset of its Content-Type, else in UTF-8."""
        return decode_text(self.content, self.headers)

    def json(self) -> Any:
        """The value that the body encodes as JSON."""
        try:
            return _decode_json(self.content)
        except json_.JSONDecodeError as error:
            remedy = "" if self.ok else " (call raise_for_status() first)"
            raise json_.JSONDecodeError(
                f"the response to {self.method} {self.url} with HTTP status {self.status_code} "
                f"is not JSON{remedy}: {error.msg}",
                error.doc,
                error.pos,
            ) from None

    def raise_for_status(self) -> Response:
        """Raise OrthancException for a status of 400 or more; otherwise return this response.

        The code is the one in an error message of Orthanc, else the one that leads to this status,
        if there is one. A REST callback that does not catch it responds with the same status.
        """
        if self.ok:
            return self
        code = _CODES.get(self.status_code, _NETWORK_PROTOCOL)
        text = f"HTTP status {self.status_code} for {self.method} {self.url}"
        try:
            message = json_.loads(self.content)
        except ValueError:
            message = None
        if isinstance(message, dict):
            given = message.get("OrthancStatus")
            code = given if isinstance(given, int) and given > 0 else code
            reason = message.get("Details") or message.get("Message")
            text += f": {reason}" if isinstance(reason, str) else ""
        raise OrthancException(code, text)

    def __repr__(self) -> str:
        return f"<Response [{self.status_code}]>"


def _decode_json(content: bytes) -> Any:
    try:
        return json_.loads(content)
    except UnicodeDecodeError:  # Orthanc passes on the bytes that a DICOM peer has sent
        return json_.loads(to_str(content))


class Client:
    """Sends HTTP requests. The `options` depend on the kind of client."""

    __module__ = "orthanc"

    def request(
        self,
        method: str,
        url: str,
        data: bytes | str | None = None,
        *,
        json: Any = None,
        params: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        **options: Any,
    ) -> Response:
        """Send a request and return its response, also if its status is an error.

        `json` is a value to send as JSON instead of `data`; `params` goes into the query string.
        """
        number = METHODS.get(method.upper()) if isinstance(method, str) else None
        if number is None:
            raise ValueError(f"Orthanc sends GET, POST, PUT and DELETE, not {method!r}")
        if not isinstance(url, str):
            raise TypeError(f"url must be str, not {type(url).__name__}")
        known = self._send.__kwdefaults__ or {}
        for name in options.keys() - known.keys():
            raise TypeError(
                f"orthanc.{type(self).__name__} has no option {name!r}: its options are "
                f"{', '.join(sorted(known))}"
            )
        sent = dict(headers or {})
        if isinstance(data, (dict, list)):
            raise TypeError(f"data must be bytes or str, not {type(data).__name__}: use json=...")
        if json is not None:
            if data is not None:
                raise TypeError("a request has data or json, not both")
            data = json_.dumps(json)
            if not any(name.lower() == "content-type" for name in sent):
                sent["Content-Type"] = "application/json"
        if params:
            url += ("&" if "?" in url else "?") + self._query(params)
        return self._send(number, url, sent, data, **options)

    def get(self, url: str, **options: Any) -> Response:
        """Send a GET request."""
        return self.request("GET", url, **options)

    def post(self, url: str, data: bytes | str | None = None, **options: Any) -> Response:
        """Send a POST request."""
        return self.request("POST", url, data, **options)

    def put(self, url: str, data: bytes | str | None = None, **options: Any) -> Response:
        """Send a PUT request."""
        return self.request("PUT", url, data, **options)

    def delete(self, url: str, **options: Any) -> Response:
        """Send a DELETE request."""
        return self.request("DELETE", url, **options)

    def _query(self, params: Mapping[str, object]) -> str:
        from urllib.parse import quote, urlencode  # would slow down each start

        return urlencode(params, doseq=True, errors="surrogateescape", quote_via=quote)

    def _send(self, *request: Any) -> Response:
        """`request`: method, URL, headers and body."""
        raise NotImplementedError


class RestClient(Client):
    """The REST API of the running Orthanc, with the routes of plugins unless told otherwise."""

    __module__ = "orthanc"

    def __init__(self, module: Any) -> None:
        self._call = module.CallRestApi

    def _query(self, params: Mapping[str, object]) -> str:
        pairs = [f"{key}={value}" for key, value in params.items()]
        if any("&" in pair for pair in pairs):
            raise ValueError(
                "internal calls of Orthanc do not decode query strings: values cannot contain '&'"
            )
        return "&".join(pairs)

    def _send(self, *request: Any, after_plugins: bool = True) -> Response:
        method, url, *_ = request
        if method != METHODS["GET"] and "?" in url:
            raise ValueError("internal calls of Orthanc accept query strings for GET only")
        try:
            response: Response = self._call(*request, after_plugins)
        except OrthancException as error:
            if error.args[0] in (_BAD_SEQUENCE_OF_CALLS, _DATABASE_NOT_INITIALIZED):
                raise  # Orthanc stops, or starts: this is not a response to the request
            response = _error_response(method, url, *error.args)
        return response


class HttpClient(Client):
    """Any HTTP server, with the proxy and HTTPS options of Orthanc's configuration."""

    __module__ = "orthanc"

    def __init__(self, module: Any) -> None:
        self._call = module.HttpClient

    def _send(
        self,
        *request: Any,
        auth: tuple[str, str] | None = None,
        timeout: int = 0,
        cert: str | tuple[str, ...] | None = None,
        pkcs11: bool = False,
    ) -> Response:
        if auth is not None and (isinstance(auth, str) or len(auth) != 2):
            raise ValueError("auth is a tuple: (user, password)")
        user, password = auth or (None, None)
        parts = (cert,) if isinstance(cert, str) else tuple(cert or ())
        if len(parts) > 3:
            raise ValueError("cert is a file, or a tuple: (file, key file, password of the key)")
        certificate = parts + (None,) * (3 - len(parts))
        response: Response = self._call(*request, user, password, timeout, *certificate, pkcs11)
        return response


class PeerClient(Client):
    """The REST API of one of the peers in the configuration of Orthanc."""

    __module__ = "orthanc"

    def __init__(self, module: Any, name: str) -> None:
        self._peers = module.GetPeers()
        names = list(self._peers)
        if name not in names:
            raise OrthancException(_CODES[404], f"Unknown Orthanc peer: {name}")
        self._index = names.index(name)

    def _send(self, *request: Any, timeout: int = 0) -> Response:
        response: Response = self._peers.CallPeerApi(self._index, *request, timeout)
        return response


def flatten_headers(headers: Any) -> tuple[str, ...]:
    """(name, value, name, value, ...), checked, for the native part."""
    if not isinstance(headers, Mapping):
        raise TypeError(f"headers must be a mapping of str to str, not {type(headers).__name__}")
    flat: list[str] = []
    for pair in headers.items():
        for text in pair:
            if not isinstance(text, str):
                raise TypeError(
                    f"names and values of headers must be str, not {type(text).__name__}"
                )
        name, value = pair
        if not _is_token(name):
            raise ValueError(
                "the name of a header must be a token, without spaces, separators or line breaks: "
                f"{name!r}"
            )
        if not _is_value(value):
            raise ValueError(
                f"a header must not contain line breaks or other control characters: {value!r}"
            )
        flat += pair
    return tuple(flat)


def create_response(method: int, url: str, status: int, headers: bytes, body: bytes) -> Response:
    """The response for the native part; `headers` is the JSON that Orthanc gives."""
    parsed = json_.loads(to_str(headers.rstrip(b"\0"))) if headers else {}
    return Response(_name(method), url, status, parsed, body)


def _error_response(method: int, url: str, code: int, text: str) -> Response:
    """The response that an HTTP client would get where an internal call reports an error."""
    message = {
        "HttpStatus": _STATUSES.get(code, 500),
        "Message": text,
        "Method": _name(method),
        "OrthancError": text,
        "OrthancStatus": code,
        "Uri": url,
    }
    headers = {"Content-Type": "application/json"}
    body = json_.dumps(message).encode()
    return Response(_name(method), url, _STATUSES.get(code, 500), headers, body)


def _name(method: int) -> str:
    return next(name for name, number in METHODS.items() if number == method)


def exports(module: ModuleType) -> dict[str, object]:
    """The contents of this module that `orthanc` offers."""

    def peer(name: str) -> PeerClient:
        """Return a client for the peer called `name` in `OrthancPeers`."""
        return PeerClient(module, name)

    peer.__module__ = "orthanc"
    vars(peer)["__text_signature__"] = "(name)"  # as the native functions have it
    return {
        "Response": Response,
        "peer": peer,
        "http": HttpClient(module),
        "rest": RestClient(module) if hasattr(module, "CallRestApi") else None,
    }

# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""HTTP connections to Orthanc, which closes a connection after one second without a request.

A request that is sent at that moment gets no response. So the client closes the connection earlier.
Without a pause it keeps the connection: the next request then waits for the end of the callback
that has responded to this one.
"""

from __future__ import annotations

from time import monotonic
from typing import Any, ClassVar

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

_LONGEST_PAUSE = 0.5  # seconds


class _Http(HTTPConnection):
    _last_response: float | None = None

    def request(self, *arguments: Any, **keywords: Any) -> None:
        if self._last_response is not None:
            if monotonic() - self._last_response > _LONGEST_PAUSE:
                self.close()  # the request opens it again
            self._last_response = None
        super().request(*arguments, **keywords)

    def getresponse(self, *arguments: Any, **keywords: Any) -> Any:
        response = super().getresponse(*arguments, **keywords)
        self._last_response = monotonic()
        return response


class _Https(_Http, HTTPSConnection):
    pass


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _Http


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _Https


class _Adapter(HTTPAdapter):
    pools: ClassVar[dict[str, Any]] = {"http": _HttpPool, "https": _HttpsPool}

    def init_poolmanager(self, *arguments: Any, **keywords: Any) -> None:
        super().init_poolmanager(*arguments, **keywords)
        self.poolmanager.pool_classes_by_scheme = self.pools


def local_session() -> requests.Session:
    """A session for requests to an Orthanc on this machine."""
    session = requests.Session()
    session.trust_env = False  # requests to 127.0.0.1 must not go to a proxy
    session.verify = False
    for scheme in ("http://", "https://"):
        session.mount(scheme, _Adapter())
    return session

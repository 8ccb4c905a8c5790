# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The callable parts of every_callback.py: kinds of callbacks with their data, and routes."""

from __future__ import annotations

SAVED_JOB = '{"parameters":{"first":1},"content":{},"state":{},"progress":0,"id":"x"}'

KINDS = (
    ("request", "|rest/x|name|value"),
    ("authentication", "some data"),
    ("upload", "some data"),
    ("webdav", "some data"),
    ("audit", "some data"),
    ("metrics", "some data"),
    ("storage", "some data"),
    ("stored", "some data"),
    ("received", "some data"),
    ("filter", "some data"),
    ("cstore", "some data"),
    ("find", "some data"),
    ("worklist", "some data"),
    ("move", "some data"),
    ("commitment", "some data"),
    ("decode", "some data"),
    ("transcode", "some data"),
    ("job", SAVED_JOB),
)

URIS = (
    "/rest/a",
    "/nested/3",
    "/stream",
    "/client",
    "/web",
    "/image",
    "/error",
    "/register",
    "/job",
    "/unsubmitted",
)

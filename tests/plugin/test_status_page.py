# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The status page at /python/, over HTTP. test_status_page_browser.py opens it in a browser."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from orthanc_python.server import Orthanc
from tests.support.servers import OLDEST_TO_NEWEST, Servers, reset, wait_for

DOCUMENT = Path(__file__).parents[2] / "docs" / "how-to" / "status-page.md"
ON = {"Python": {"StatusPage": True}}
RELOADING = {"Python": {"StatusPage": True, "StatusPageReload": True}}
PATHS = ("/python", "/python/", "/python/status", "/python/stacks", "/python/status_page.js")

SCRIPT = """
import multiprocessing
import threading
import time

import orthanc
from recorder import answer, route

asleep = threading.Event()


@route("/hello")
def hello(output, uri, **request):
    output.AnswerBuffer("hello", "text/plain")


@route("/wrong")
def wrong(output, uri, **request):
    raise ValueError("on purpose")


@route("/long-wait")
def long_wait(output, uri, **request):
    asleep.wait()
    answer(output, None)


@route("/wake")
def wake(output, uri, **request):
    asleep.set()
    answer(output, None)


if hasattr(orthanc, "RegisterReceivedInstanceCallback"):

    @orthanc.RegisterReceivedInstanceCallback
    def received(dicom, origin):
        return orthanc.ReceivedInstanceAction.KEEP_AS_IS, None


@orthanc.job
def steps(job, count):
    for index in range(count):
        yield index / count


@route("/job")
def submit(output, uri, **request):
    answer(output, steps(count=3).submit())


@route("/worker")
def start_worker(output, uri, **request):
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=time.sleep, args=(300,), name="a worker", daemon=True)
    process.start()
    answer(output, process.pid)


threading.Thread(target=asleep.wait, name="sleeper", daemon=True).start()
"""


def status(server: Orthanc) -> dict[str, Any]:
    answer = server.get("/python/status")
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "application/json"
    data: dict[str, Any] = answer.json()
    return data


def wait_for_calls(server: Orthanc, count: int) -> None:
    """A response reaches the client before its callback has returned and is counted."""

    def calls() -> list[int]:
        rows = status(server)["Callbacks"]
        return [item["Calls"] for item in rows if item["Callback"] == "rest"]

    wait_for(lambda: calls() == [count], f"{count} calls")


def row(rows: list[dict[str, Any]], key: str, name: str) -> dict[str, Any]:
    (found,) = [item for item in rows if item[key] == name]
    return found


@pytest.fixture(scope="module", params=OLDEST_TO_NEWEST)
def server(module_orthanc: Servers, request: pytest.FixtureRequest) -> Orthanc:
    return module_orthanc(SCRIPT, debian=request.param, config=ON)


def test_the_page_is_off_by_default(orthanc: Servers) -> None:
    server = orthanc(SCRIPT)
    for path in PATHS:
        assert server.get(path).status_code == 404
    assert "python-status" not in server.get("/plugins/explorer.js").text


def test_the_status_has_versions_scripts_and_counts(server: Orthanc) -> None:
    for _ in range(3):
        assert server.get("/hello").text == "hello"
    assert server.get("/wrong").status_code == 500
    wait_for_calls(server, 4)  # this page is not counted
    data = status(server)
    assert data["Orthanc"]["Version"] == server.get("/system").json()["Version"]
    assert data["Python"]["Version"] in server.log
    (script,) = data["Scripts"]
    assert (Path(script["File"]).name, script["State"]) == ("script.py", "loaded")
    assert script["LoadSeconds"] > 0
    hello, wrong = (row(data["Routes"], "Expression", path) for path in ("/hello", "/wrong"))
    assert (hello["Calls"], hello["Errors"]) == (3, 0)
    assert (wrong["Calls"], wrong["Errors"]) == (1, 1)
    assert 0 < hello["LongestSeconds"] <= hello["Seconds"]
    rest = row(data["Callbacks"], "Callback", "rest")
    assert (rest["Calls"], rest["Errors"]) == (4, 1)
    (error,) = data["Exceptions"]["Last"]
    assert error["Headline"] == "Error in the REST callback for GET /wrong"
    assert error["Traceback"].endswith("ValueError: on purpose")
    assert data["Memory"]["ResidentBytes"] > 1_000_000


def test_received_instances_that_are_not_refused_are_a_finding(reloading: Orthanc) -> None:
    (finding,) = status(reloading)["Findings"]
    assert "stores the original" in finding["Found"]
    assert "RefuseInstanceOnException" in finding["Remedy"]


def test_the_page_sends_json_to_programs_and_html_to_browsers(server: Orthanc) -> None:
    for path in ("/python", "/python/"):
        assert "<h1>Python in" in server.get(path).text
        headers = {"Accept": "application/json"}
        assert server.get(path, headers=headers).json()["Plugin"] == status(server)["Plugin"]
    policy = server.get("/python/").headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; ")
    assert server.post("/python/").status_code == 405
    assert server.get("/python/reload").status_code == 405
    assert server.get("/python/other").status_code == 404


def test_the_status_has_jobs_and_threads(server: Orthanc) -> None:
    identifier = server.get("/job").json()
    wait_for(lambda: status(server)["Jobs"][0]["State"] == "Success", "the end of the job")
    (job,) = status(server)["Jobs"]
    assert (job["Id"], job["Type"], job["Progress"]) == (identifier, "steps", 100)
    pid = server.get("/worker").json()
    assert status(server)["Workers"] == [{"Name": "a worker", "Pid": pid}]
    threads = server.get("/python/stacks", headers={"Accept": "application/json"}).json()
    sleeper = row(threads, "Name", "sleeper")
    assert "in wait" in sleeper["Stack"]
    assert "sleeper" in server.get("/python/stacks").text


def test_all_keys_of_the_status_are_documented(server: Orthanc) -> None:
    document = DOCUMENT.read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)`", document, re.MULTILINE)) >= status(server).keys()


def test_reading_the_page_leaves_the_longest_time_to_prometheus(server: Orthanc) -> None:
    def longest() -> float:
        text = server.get("/tools/metrics-prometheus").text
        found = re.search(r'orthanc_python_callback_seconds_max\{callback="rest"\} (\S+)', text)
        assert found is not None
        return float(found[1])

    server.get("/hello")
    status(server)
    assert longest() > 0
    assert row(status(server)["Callbacks"], "Callback", "rest")["LongestSeconds"] > 0


def test_running_callbacks_are_shown_with_their_stacks(orthanc: Servers) -> None:
    server = orthanc(SCRIPT, config=ON)
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(server.get, "/long-wait")
        wait_for(lambda: "in long_wait" in server.get("/python/stacks").text, "the stack")
        assert "the REST callback" in server.get("/python/stacks").text
        server.get("/wake")
        assert waiting.result().status_code == 200


def test_calls_are_counted_without_the_metrics(orthanc: Servers) -> None:
    server = orthanc(SCRIPT, config={"Python": {"StatusPage": True, "Metrics": False}})
    server.get("/hello")
    wait_for_calls(server, 1)
    assert row(status(server)["Routes"], "Expression", "/hello")["Calls"] == 1
    assert "orthanc_python_callback" not in server.get("/tools/metrics-prometheus").text


def test_the_page_works_after_a_reset(orthanc: Servers) -> None:
    server = orthanc(SCRIPT, config=ON)
    server.get("/hello")
    before = status(server)
    reset(server)
    data = status(server)
    assert data["Loaded"] > before["Loaded"]
    assert row(data["Routes"], "Expression", "/hello")["Calls"] == 0


def test_routes_of_the_script_come_first(orthanc: Servers) -> None:
    server = orthanc(
        """
        from recorder import answer, route

        @route("/python/status")
        def own(output, uri, **request):
            answer(output, "of the script")
        """,
        config=ON,
    )
    assert server.get("/python/status").json() == "of the script"
    assert server.get("/python/").status_code == 200


def test_orthanc_refuses_users_without_access(orthanc: Servers, where: str | None) -> None:
    server = orthanc(
        """
        import orthanc

        @orthanc.RegisterIncomingHttpRequestFilter
        def filter(uri, **request):
            return request["headers"].get("x-role") == "administrator"
        """,
        debian=where,
        config={
            **RELOADING,
            "AuthenticationEnabled": True,
            "RegisteredUsers": {"ada": "lovelace"},
        },
    )
    for path in PATHS:
        url = server.url + path
        assert requests.get(url, timeout=60).status_code == 401
        assert requests.get(url, auth=("ada", "lovelace"), timeout=60).status_code == 403
    role = {"x-role": "administrator", "Sec-Fetch-Site": "same-origin"}
    assert requests.post(server.url + "/python/reload", headers=role, timeout=60).status_code == 401
    answer = requests.get(url, auth=("ada", "lovelace"), headers=role, timeout=60)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Origin": "http://elsewhere.example"},
        {"Origin": "http://localhost:1"},
        {"Origin": "OWN", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "OWN", "Sec-Fetch-Site": "same-site"},
        {"Origin": "OWN", "Sec-Fetch-Site": "none"},
        {"Host": "", "Origin": ""},
    ],
    ids=str,
)
def test_other_sites_cannot_reload(reloading: Orthanc, headers: dict[str, str]) -> None:
    sent = {name: value.replace("OWN", reloading.url) for name, value in headers.items()}
    assert reloading.post("/python/reload", headers=sent).status_code in (400, 403)
    assert "Orthanc is stopping" not in reloading.log


@pytest.fixture(scope="module")
def reloading(module_orthanc: Servers) -> Orthanc:
    return module_orthanc(SCRIPT, config=RELOADING)


def test_reload_needs_the_option(orthanc: Servers) -> None:
    server = orthanc(SCRIPT, config=ON)
    answer = server.post("/python/reload", headers={"Origin": server.url})
    assert answer.status_code == 403
    assert "StatusPageReload" in answer.text
    assert "Reload the scripts" not in server.get("/python/").text


def test_a_script_that_cannot_be_imported_is_not_reloaded(orthanc: Servers) -> None:
    server = orthanc(SCRIPT, config=RELOADING)
    script = Path(status(server)["Scripts"][0]["File"])
    script.write_text("def broken(:\n", encoding="utf-8")
    answer = server.post("/python/reload", headers={"Origin": server.url})
    assert answer.status_code == 409
    assert "script.py: invalid syntax" in answer.text
    assert status(server)["Scripts"][0]["State"] == "changed"
    assert server.get("/hello").text == "hello"


def test_a_refusing_callback_is_no_finding(orthanc: Servers) -> None:
    config = {"Python": {"StatusPage": True, "RefuseInstanceOnException": True}}
    server = orthanc(SCRIPT, config=config)
    assert status(server)["Findings"] == []

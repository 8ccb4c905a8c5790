# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The status page in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

from orthanc_python.server import Orthanc
from tests.support.servers import Servers, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page, Route

# A refused request, and requests while Orthanc restarts its HTTP server
EXPECTED = re.compile(
    r"^Failed to load resource: .*(403|409"
    r"|net::ERR_(CONNECTION|SOCKET_NOT_CONNECTED|EMPTY_RESPONSE|CONTENT_LENGTH|INCOMPLETE))"
)
STATUS = "**/python/status"
A_MINUTE = 60_000  # milliseconds
NAME = "<img src=x onerror=alert(1)>&\"'\u202e.py"
SCRIPT = """
import threading

import orthanc
from recorder import route

HOSTILE = (
    "<script>alert(1)</script></pre></textarea><img src=x onerror=alert(1)> \\"' "
    "\\u202e \\0 \\udc80"
)


@route("/hello")
def hello(output, uri, **request):
    output.AnswerBuffer("hello", "text/plain")


@route("/wrong(<b>)?")
def wrong(output, uri, **request):
    raise ValueError(HOSTILE)


@route("/last-line/(.*)")
def write_last_line(output, uri, **request):
    with open(__file__, "w", encoding="utf-8") as file:
        file.write(TEXT + request["groups"][0])
    output.AnswerBuffer("", "text/plain")


@route("/more-buttons")
def more_buttons(output, uri, **request):
    orthanc.ExtendOrthancExplorer(EXTENSION.replace("of-script", "of-callback"))
    output.AnswerBuffer("", "text/plain")


with open(__file__, encoding="utf-8") as file:
    TEXT = file.read()

EXTENSION = '''
$("#lookup").live("pagebeforecreate", function() { $("body").append("<i id=of-script>"); }) //'''
orthanc.ExtendOrthancExplorer(EXTENSION)
threading.Thread(target=threading.Event().wait, name=HOSTILE, daemon=True).start()
"""


@pytest.fixture(scope="module")
def server(module_orthanc: Servers, where: str | None) -> Orthanc:
    config = {"Python": {"StatusPage": True, "StatusPageReload": True}, "Name": NAME}
    server = module_orthanc(SCRIPT, name=NAME, debian=where, config=config)
    assert server.get("/wrong").status_code == 500
    return server


@pytest.fixture
def open_page(browser: Browser, server: Orthanc) -> Iterator[Any]:
    """Opens the page; nothing may go wrong in it, and it loads nothing from other hosts."""
    contexts, problems = [], []

    def note_request(request: Any) -> None:
        if not request.url.startswith((server.url, "data:", "http://elsewhere.example")):
            problems.append(request.url)

    def note_message(message: Any) -> None:
        if not EXPECTED.search(message.text):
            problems.append(message.text)

    def open_path(
        path: str = "/python/", prepare: Callable[[Page], None] = lambda page: None, **options: Any
    ) -> Page:
        context = browser.new_context(**options)
        context.set_default_timeout(A_MINUTE)
        contexts.append(context)
        page = context.new_page()
        prepare(page)
        page.on("request", note_request)
        page.on("dialog", lambda dialog: problems.append(dialog.message))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", note_message)
        page.goto(server.url + path)
        return page

    yield open_path
    for context in contexts:
        context.close()
    assert problems == []


def calls(page: Page, route: str) -> Locator:
    row = page.locator("#routes tbody tr").filter(has=page.get_by_text(route, exact=True))
    return row.locator(".calls")


def test_texts_of_scripts_do_not_become_html(open_page: Any) -> None:
    page = open_page()
    assert "\\u202e.py" in page.locator("#scripts code").inner_text()
    assert "<img src=x onerror=alert(1)>" in page.locator("#scripts code").inner_text()
    assert "<img src=x" in page.title()
    page.locator("#exceptions summary").first.click()
    traceback = page.locator("#exceptions pre").first
    expected = "</pre></textarea><img src=x onerror=alert(1)> \"' \\u202e \\x00 \\udc80"
    assert f"ValueError: <script>alert(1)</script>{expected}" in traceback.inner_text()
    assert page.locator("img, textarea, main script").count() == 0
    page.goto(page.url + "stacks")
    assert "<script>alert(1)</script>" in page.locator("main").inner_text()
    assert page.locator("img, textarea, main script").count() == 0


def test_the_page_stays_right_during_1000_requests(open_page: Any, server: Orthanc) -> None:
    from playwright.sync_api import expect

    page = open_page()
    count = calls(page, "/hello")
    before = int(count.inner_text())

    def send() -> None:
        with requests.Session() as session:
            for _ in range(250):
                assert session.get(server.url + "/hello", timeout=60).text == "hello"

    page.locator("#exceptions summary").first.click()
    with ThreadPoolExecutor() as pool:
        for sent in [pool.submit(send) for _ in range(4)]:
            while not sent.done():
                assert before <= int(count.inner_text()) <= before + 1000
            sent.result()
    expect(count).to_have_text(str(before + 1000), timeout=A_MINUTE)
    assert page.locator("#exceptions pre").first.is_visible()  # it stays open
    assert "Calls per second" in page.locator("#since-open").inner_text()
    assert page.locator("#routes .history path").count() > 0
    page.locator("#pause").click()
    assert page.locator("#pause").inner_text() == "Resume updates"


def test_plots_without_values_say_so(open_page: Any) -> None:
    def refuse_updates(route: Route) -> None:
        if route.request.is_navigation_request():
            route.continue_()
        else:
            route.fulfill(status=403)

    page = open_page(prepare=lambda page: page.route("**/python/", refuse_updates))
    rate, events, memory = page.locator("#since-open figure").all()
    assert rate.inner_text() == "Calls per second: known after the next update"
    assert rate.locator("path").get_attribute("d") == ""
    assert re.fullmatch(r"M1\.0 \S+L219\.0 \S+", memory.locator("path").get_attribute("d") or "")
    page.unroute("**/python/")
    rate.get_by_text(re.compile(r"Calls per second: \d")).wait_for()
    assert (rate.locator("path").get_attribute("d") or "").startswith("M1.0 ")
    assert events.locator("svg").get_attribute("aria-label") == events.inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_accessible(open_page: Any, scheme: str) -> None:
    from tests.support.browser import accessibility_findings

    page = open_page(color_scheme=scheme)
    page.locator("#exceptions summary").first.click()
    assert page.locator("#since-open figure").count() == 3
    assert accessibility_findings(page) == []
    light = page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert light == (scheme == "light")
    page.goto(page.url + "stacks")
    assert accessibility_findings(page) == []


def test_the_page_is_readable_without_javascript(open_page: Any) -> None:
    page = open_page(java_script_enabled=False)
    assert int(calls(page, "/hello").inner_text()) >= 0
    assert page.locator("#routes svg.durations").count() > 0
    assert page.locator("svg.history:visible, #pause").count() == 0
    page.locator("#exceptions summary").first.click()
    assert "ValueError" in page.locator("#exceptions pre").first.inner_text()
    page.get_by_role("link", name="Threads and their stacks").click()
    assert page.get_by_role("heading", name="Threads", exact=True).is_visible()


def test_explorer_has_a_button_and_the_scripts_own_extension(
    open_page: Any, server: Orthanc
) -> None:
    page = open_page("/app/explorer.html")
    page.locator("#python-status").wait_for()
    assert page.locator("#python-status").count() == 1
    assert page.locator("#of-script").count() == 1
    server.get("/more-buttons")
    page.reload()
    page.locator("#of-callback").wait_for(state="attached")
    page.locator("#python-status").click()
    page.get_by_role("heading", name="Routes", exact=True).wait_for()


def test_other_sites_cannot_reload(open_page: Any, server: Orthanc) -> None:
    page = open_page()
    form = f'<form method="post" action="{server.url}/python/reload"><button>Win</button></form>'
    page.route(
        "http://elsewhere.example/",
        lambda route: route.fulfill(content_type="text/html", body=form),
    )
    page.goto("http://elsewhere.example/")
    page.get_by_role("button").click()
    page.get_by_text("The request does not come from this page").wait_for()
    assert "Orthanc is stopping" not in server.log


def test_a_syntax_error_stays_in_sight_instead_of_a_reload(open_page: Any, server: Orthanc) -> None:
    server.get("/last-line/def")
    page = open_page()
    page.get_by_role("button", name="Reload the scripts").click()
    error = page.get_by_role("status").get_by_text("invalid syntax")
    error.wait_for()
    for _ in range(2):  # the second one begins after the first has been shown
        page.wait_for_event("response", lambda response: response.url.endswith("/python/"))
    assert error.is_visible()
    server.get("/last-line/pass")


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "without"])
def test_the_button_reloads_the_scripts(open_page: Any, server: Orthanc, javascript: bool) -> None:
    loaded = server.get("/python/status").json()["Loaded"]
    starts = server.log.count("Orthanc has started")
    page = open_page(java_script_enabled=javascript)
    # else the page soon loads itself again
    page.route(STATUS, lambda route: route.abort("connectionrefused"))
    page.get_by_role("button", name="Reload the scripts").click()
    if javascript:
        restarts = re.compile("Orthanc restarts its servers|Orthanc has ended the connection")
        page.get_by_role("status").get_by_text(restarts).wait_for()
        page.unroute(STATUS)
        page.get_by_text("Calls per second: known after the next update").wait_for()
    else:
        page.get_by_text("Orthanc restarts its servers").wait_for()

    # Orthanc may accept a request during the restart, and never respond to it
    wait_for(lambda: server.log.count("Orthanc has started") > starts, "the restart")
    status = server.get("/python/status").json()
    assert status["Loaded"] != loaded
    assert Path(status["Scripts"][0]["File"]).name == NAME

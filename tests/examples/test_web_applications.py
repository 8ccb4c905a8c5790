# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The examples with Flask, Django and FastAPI, also in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from orthanc_python.server import Orthanc
from tests.support.debian_chroots import Chroot
from tests.support.pythons import environment_in
from tests.support.servers import reset

from .conftest import Example, upload

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

PACKAGES = ("flask", "django", "fastapi", "fastapi-offline")


@pytest.fixture(scope="module")
def frameworks(where: str | None, chroot: Callable[[str], Chroot]) -> dict[str, object]:
    """Settings for a Python that has the packages."""
    if where is None:
        return {}
    there = chroot(where)
    environment = environment_in(there, there.python_version, *PACKAGES)
    return {"Python": {"VirtualEnv": environment}}


def page_of(browser: Browser, server: Orthanc) -> Page:
    """A page that reaches this server only."""
    context = browser.new_context()
    context.set_default_timeout(60_000)  # milliseconds

    def filter_request(route: Route) -> None:
        if route.request.url.startswith((server.url, "data:")):
            route.continue_()
        else:
            route.abort()

    context.route("**/*", filter_request)
    return context.new_page()


def test_pages_of_flask(
    example: Example, where: str | None, frameworks: dict[str, Any], browser: Browser
) -> None:
    server = example("flask_app.py", debian=where, config=frameworks)
    study = upload(server)["ParentStudy"]
    page = page_of(browser, server)
    page.goto(server.url + "/portal")  # without a slash at its end
    assert "Test^Patient" in page.inner_text("table")
    page.fill("input[name=note]", "Grüße & <b>")
    with page.expect_navigation(url=server.url + "/portal/"):  # the same URL as before
        page.click("button")
    assert page.input_value("input[name=note]") == "Grüße & <b>"
    missing = server.post(f"/portal/studies/{study}x", {"note": "a"})
    assert missing.status_code == 404


def test_forms_of_django(
    example: Example, where: str | None, frameworks: dict[str, Any], browser: Browser
) -> None:
    server = example("django_app.py", debian=where, config=frameworks)
    study = upload(server)["ParentStudy"]
    page = page_of(browser, server)
    page.goto(server.url + "/reading/")
    assert page.inner_text("h2") == "Test^Patient"
    page.eval_on_selector("input[name=text]", "field => field.removeAttribute('maxlength')")
    page.fill("input[name=text]", "x" * 81)
    page.click("button")
    assert "at most 80 characters" in page.inner_text(".errorlist")
    page.fill("input[name=text]", "Grüße & <b>")
    page.click("button")
    page.wait_for_url(server.url + "/reading/")
    assert page.input_value("input[name=text]") == "Grüße & <b>"
    assert server.get(f"/studies/{study}/metadata/1024").content.decode() == "Grüße & <b>"
    without_token = server.post(f"/reading/studies/{study}", {"text": "a"})
    assert without_token.status_code == 403
    assert server.get("/reading/", headers={"Host": "other.example"}).status_code == 400
    reset(server)
    page.reload()
    assert page.input_value("input[name=text]") == "Grüße & <b>"


def test_rest_api_of_fastapi(
    example: Example, where: str | None, frameworks: dict[str, Any]
) -> None:
    server = example("fastapi_app.py", debian=where, config=frameworks)
    url = "/worklist/orders/A1"
    order = {"patient": "DOE^JANE", "modality": "CT"}
    created = server.put(url, json=order)
    assert (created.status_code, created.json()) == (201, {"number": "A1", "user": ""})
    assert server.put(url, json=order).status_code == 409
    wrong = server.put("/worklist/orders/A2", json={**order, "modality": "x"})
    assert wrong.status_code == 422
    assert wrong.json()["detail"][0]["loc"] == ["body", "modality"]
    assert server.get("/worklist/orders?modality=CT").json() == {"A1": order}
    assert server.get("/worklist/system").json() == server.get("/system").json()["Version"]
    table = server.get("/worklist/orders.csv")
    assert table.text == "number,patient,modality\nDEMO,DEMO,MR\nA1,DOE^JANE,CT\n"
    server.stop()
    assert "2 orders are lost" in server.log


def test_documentation_page_of_fastapi_needs_no_internet(
    example: Example, where: str | None, frameworks: dict[str, Any], browser: Browser
) -> None:
    server = example("fastapi_app.py", debian=where, config=frameworks)
    page = page_of(browser, server)
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(server.url + "/worklist/docs")
    operation = page.locator(".opblock", has_text="/orders").first
    operation.click()
    operation.get_by_text("Try it out").click()
    operation.get_by_text("Execute", exact=True).click()
    response = operation.locator(".live-responses-table .response .microlight").first
    response.wait_for()
    assert '"modality": "MR"' in response.inner_text()
    assert problems == []

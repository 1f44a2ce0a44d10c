import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from apps.accounts.choices import Role, Theme
from apps.accounts.models import User

ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

PATIENCE_MS = 30_000  # a fact is waited for; how fast a busy machine is, is no fact
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture
def olga() -> User:
    return User.objects.create_user("olga", role=Role.OPERATOR, theme=Theme.DARK)


@pytest.fixture
def site(live_server: Any) -> str:
    return str(live_server.url)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    assert found, "The browser tests need Chromium; 'make browser' installs it."
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright's loop runs in this thread; the database is used beside it, never inside it.
        patch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=found, args=ARGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser, live_server: Any) -> Iterator[Callable[..., Page]]:
    """A page of its own, optionally signed in by a session key; its faults fail the test."""
    faults: list[str] = []
    contexts = []

    def opened(session: str = "", **options: Any) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1366, "height": 768}, **options})
        contexts.append(context)
        if session:
            context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda line: faults.append(line.text) if "Content Security Policy" in line.text else None)
        page.on(
            "request", lambda request: None if _is_own(request.url, live_server.url) else faults.append(request.url)
        )
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []


def _is_own(address: str, site: str) -> bool:
    return address.startswith((site, site.replace("http", "ws", 1), "data:", "blob:"))


BLANK = """<!doctype html><script id="frame-config" type="application/json">
{"urls": {"element": "/elements/0/"}, "noMrid": "0", "timeZone": "Europe/Berlin", "scanPeriodS": 2}</script>"""


@pytest.fixture
def script(open_page: Callable[..., Page], live_server: Any) -> Callable[..., Any]:
    page = open_page()
    page.route("**/blank", lambda route: route.fulfill(body=BLANK, content_type="text/html"))
    page.goto(f"{live_server.url}/blank")

    def run(module: str, body: str, argument: Any = None) -> Any:
        return page.evaluate(f"async (given) => {{ const m = await import('/static/{module}'); {body} }}", argument)

    return run

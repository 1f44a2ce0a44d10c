"""A real browser, and a witness who notes what no page may do."""

import shutil
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, Playwright, Request, WebSocket, expect

from apps.state.frames import decode
from tests.journeys.site import Site

NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
PATIENCE_MS = 40_000


def launch(playwright: Playwright) -> Browser:
    program = next((path for name in NAMES if (path := shutil.which(name))), None)
    assert program, "the journeys need Chromium: make browser"
    return playwright.chromium.launch(headless=True, executable_path=program, args=list(QUIET))


@dataclass
class Witness:
    """Errors, requests to elsewhere, and the frames that came over the socket of any page of one person."""

    site: Site
    faults: list[str] = field(default_factory=list)
    sequences: list[int] = field(default_factory=list)
    requests: int = 0
    loads: int = 0

    def watch(self, context: BrowserContext) -> None:
        context.on("console", lambda message: message.type == "error" and self.faults.append(message.text))
        context.on("weberror", lambda error: self.faults.append(str(error.error)))
        context.on("request", self._request)
        context.on("page", self._page)

    def _page(self, page: Page) -> None:
        page.on("websocket", self._socket)
        page.on("domcontentloaded", self._load)

    def _load(self, _: Page) -> None:
        self.loads += 1

    def _request(self, request: Request) -> None:
        self.requests += 1
        url = urlsplit(request.url)
        if url.scheme not in ("data", "blob") and url.netloc != urlsplit(self.site.url).netloc:
            self.faults.append(f"a request left the site: {request.url}")

    def _socket(self, socket: WebSocket) -> None:
        if urlsplit(socket.url).netloc != urlsplit(self.site.url).netloc:
            self.faults.append(f"a socket left the site: {socket.url}")
        socket.on("framereceived", self._frame)

    def _frame(self, payload: str | bytes) -> None:
        if isinstance(payload, bytes):
            self.sequences.append(decode(payload).sequence)


@dataclass
class Desk:
    """One person at one screen."""

    page: Page
    witness: Witness

    @classmethod
    def of(cls, browser: Browser, site: Site, username: str) -> "Desk":
        context = browser.new_context(viewport={"width": 1600, "height": 900})
        context.set_default_timeout(PATIENCE_MS)
        witness = Witness(site)
        witness.watch(context)
        page = context.new_page()
        page.goto(f"{site.url}/")
        page.locator("[name=username]").fill(username)
        page.locator("[name=password]").fill(site.passwords[username])
        page.get_by_role("button", name="Sign in").click()
        return cls(page, witness)

    def sees_live(self) -> None:
        expect(self.page.locator("#live-word")).to_have_text("LIVE", timeout=PATIENCE_MS)
        expect(self.page.locator("#not-live")).to_be_hidden()

    def sees_the_map(self) -> None:
        expect(self.page.locator("#map-message")).to_be_hidden(timeout=PATIENCE_MS)
        expect(self.page.locator("#map canvas").first).to_be_visible()

    def go(self, path: str) -> None:
        self.page.goto(f"{self.witness.site.url}{path}")

    def text(self, selector: str) -> str:
        return self.page.locator(selector).inner_text()

    def leave(self) -> None:
        self.page.context.close()

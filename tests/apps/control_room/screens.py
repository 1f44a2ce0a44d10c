"""Shots of every screen of a running site, for judging them by eye; what can be measured is printed beside each.

python tests/apps/control_room/screens.py VAR OUT [--state fault] [--size 1366x768] [--axe axe.min.js]
"""

import argparse
import base64
import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

SETTLE_MS = 8000
ARGS = ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync"]
# Pages by name; those that begin with ? are the page of what the search finds first, of the class after the #.
SCREENS = {
    "overview": "/",
    "alarms": "/alarms/",
    "performance": "/performance/",
    "shift": "/shift/",
    "microgrids": "/microgrids/",
    "efficiency": "/efficiency/",
    "cvr": "/efficiency/cvr/",
    "losses": "/efficiency/losses/",
    "line": "?HV2 Line 40#ACLineSegment",
    "node": "?MV1.201 busbar1.1#ConnectivityNode",
    "transformer": "?HV2-MV1.201-Trafo1",
    "switch": "?MV1.201 Switch 51",
    "load": "?MV1.201 Load 5#EnergyConsumer",
    "substation": "?HV2_MV2.201_Substation",
    "feeder": "?HV2_MV2.201 F01#Feeder",
}
TOO_WIDE = "document.documentElement.scrollWidth > innerWidth"
# Share of pixels that are not grey. What is faint by smoothing is not counted.
COLOURED = """async (png) => {
  const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob());
  const g = new OffscreenCanvas(image.width, image.height).getContext('2d');
  g.drawImage(image, 0, 0);
  const { data } = g.getImageData(0, 0, image.width, image.height);
  let coloured = 0;
  for (let i = 0; i < data.length; i += 4) {
    const rgb = [data[i], data[i + 1], data[i + 2]];
    if (Math.max(...rgb) - Math.min(...rgb) > 40) coloured += 1;
  }
  return (400 * coloured) / data.length;
}"""
RULES = "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("var", type=Path, help="the folder of the running site")
    parser.add_argument("out", type=Path)
    parser.add_argument("--state", default="normal", help="a word for the names of the files")
    parser.add_argument("--size", default="1920x1080")
    parser.add_argument("--role", default="operator")
    parser.add_argument("--only", nargs="*", default=list(SCREENS), choices=list(SCREENS))
    parser.add_argument("--keys", default="s", help="keys to press on each page, with commas between them")
    parser.add_argument("--axe", type=Path, help="axe.min.js of axe-core")
    return parser.parse_args()


def signed_in(browser: Browser, site: dict[str, Any], role: str, **context: Any) -> Page:
    login = next(login for login in site["logins"] if login["role"] == role)
    page = browser.new_context(bypass_csp=True, **context).new_page()
    page.goto(site["url"] + "/")
    page.fill("input[name=username]", login["username"])
    page.fill("input[name=password]", login["password"])
    page.keyboard.press("Enter")
    page.wait_for_url(site["url"] + "/", timeout=60_000)
    return page


def address(page: Page, url: str, screen: str) -> str:
    path = SCREENS[screen]
    if not path.startswith("?"):
        return url + path
    text, _, kind = path[1:].partition("#")
    found = page.request.get(f"{url}/api/v1/network/search", params={"q": text}).json()
    return f"{url}/elements/{next(hit['mrid'] for hit in found if kind in ('', hit['class']))}/"


def findings(page: Page, png: bytes, axe: Path | None) -> Iterator[str]:
    if page.evaluate(TOO_WIDE):
        yield "WIDER THAN THE SCREEN"
    yield f"{page.evaluate(COLOURED, base64.b64encode(png).decode()):.2f} % coloured"
    if axe:
        page.evaluate(axe.read_text())
        found = page.evaluate(RULES)["violations"]
        yield f"axe: {', '.join(rule['id'] for rule in found) or '0 violations'}"


def shoot(page: Page, out: Path, keys: list[str], axe: Path | None) -> None:
    page.wait_for_timeout(SETTLE_MS)
    for key in keys:
        page.keyboard.press(key)
        page.wait_for_timeout(500)
    png = page.screenshot(path=out)
    sys.stdout.write(f"{out.name}: {'; '.join(findings(page, png, axe))}\n")


def main() -> None:
    given = options()
    site = json.loads((given.var / "run.json").read_text())
    width, height = map(int, given.size.split("x"))
    given.out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGS)
        for theme in ("dark", "light"):
            viewport = {"width": width, "height": height}
            page = signed_in(browser, site, given.role, viewport=viewport, color_scheme=theme)
            for screen in given.only:
                page.goto(address(page, site["url"], screen))
                name = f"{given.state}-{screen}-{theme}-{width}.png"
                shoot(page, given.out / name, list(filter(None, given.keys.split(","))), given.axe)
        browser.close()


if __name__ == "__main__":
    main()

"""From the violation to the receipt: what an operator does about an overload, over the real protocol."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from tests.journeys import site as sites
from tests.journeys.browser import Desk, launch
from tests.journeys.site import Person, Site
from tests.waiting import eventually

OWED_S, OWED_MS = 180.0, 180_000
LOOKED_S = 400.0  # the desks look each five minutes at the latest
SOON = {"GRIDOPS_RECEIPT_AFTER_S": "10"}
SPEED = 30  # the evening's rise is over a minute after the start, and midnight is far
RISEN = "values a second"  # what the field writes down a minute after its start


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def evening(tmp_path_factory: pytest.TempPathFactory, cases: Path) -> Iterator[Site]:
    """A site of its own: one feeder comes to draw more than its first line carries."""
    var = tmp_path_factory.mktemp("remedies") / "var"
    site = sites.start(var, cases=cases, scenario="busy-feeder", told=SOON, speed=SPEED)
    yield site
    assert site.stop() == 0, site.tails()


def overloads(person: Person) -> list[dict[str, Any]]:
    return [alarm for alarm in person.read("/api/v1/alarms")["alarms"] if alarm["condition"] == "overload"]


def looked_at_since(person: Person, since: datetime) -> bool:
    """A remedy found before ends what stood then, not what has grown since."""
    troubles = [one for one in person.read("/api/v1/remedies")["troubles"] if one["breach"] == "overload"]
    seen = [one["looked_at"] for one in troubles if one["remedies"]]
    return any(at and datetime.fromisoformat(at) > since for at in seen)


def answered(dialog: Locator, name: str, words: str) -> None:
    expect(dialog).to_contain_text(words)
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    dialog.get_by_role("button", name=name).click()
    expect(dialog).to_be_hidden()


def carried_out(page: Page) -> None:
    """To the end, reading whatever warning of a look-ahead waits on the way."""
    card, dialog = page.locator("#card .remedy"), page.locator("#confirm")
    card.get_by_role("button", name="Carry out…").click()
    answered(dialog, "Carry out", "the one before is seen done")
    warning = card.get_by_role("button", name="Read the warning…")
    done = page.locator('#card .remedy[data-status="done"]')
    for _ in range(8):  # no remedy of these desks has more steps
        expect(warning.or_(done).first).to_be_visible(timeout=OWED_MS)
        if done.count():
            return
        warning.click()
        answered(dialog, "I have read it", "Next: ")
        expect(warning).to_have_count(0)
    raise AssertionError("it still waits")


@pytest.mark.timeout(900)
def test_an_overload_is_seen_answered_carried_out_and_paid_back(
    evening: Site, browser: Browser, tell: Callable[[str], None]
) -> None:
    desk, person = Desk.of(browser, evening, "operator"), evening.person("operator")
    page = desk.page
    desk.sees_live()

    eventually(lambda: overloads(person), patience_s=OWED_S, what="the overload is an alarm")
    row = page.locator("#alarm-rows .alarm-row").filter(has_text="verload").first
    expect(row).to_be_visible(timeout=OWED_MS)
    eventually(lambda: RISEN in (evening.var / "log/field.log").read_text(), patience_s=OWED_S, what="the rise is over")
    risen = datetime.now(UTC)
    eventually(lambda: looked_at_since(person, risen), patience_s=LOOKED_S, what="the desks have looked at it since")
    brief = page.locator("#remedies li").filter(has_text="Overload")
    expect(brief.get_by_role("link").first).to_be_visible(timeout=OWED_MS)
    brief.get_by_role("link").first.click()

    page.wait_for_url("**/proposals/*/")
    number = int(page.url.rstrip("/").rsplit("/", 1)[1])
    expect(page.locator("#effects")).to_contain_text("Highest loading")
    expect(page.locator("#card")).to_contain_text("Ends it")
    page.locator("#card").get_by_role("button", name="Approve…").click()
    answered(page.locator("#confirm"), "Approve", "Approving moves nothing yet")
    expect(page.locator("#card .remedy")).to_have_attribute("data-status", "approved")
    carried_out(page)

    proposal = person.read(f"/api/v1/proposals/{number}")["proposal"]
    orders = person.read("/api/v1/orders")["orders"]
    own = [one for one in orders if one["id"] in proposal["orders"]]
    assert len(own) >= len(proposal["steps"]) > 1, "each step was an order"
    assert {one["status"] for one in own} == {"confirmed"}, "the field's feedback was seen for each"
    known = {step["device_mrid"]: float(step["to"]) for step in proposal["steps"]}
    for mrid, stands in known.items():
        (control,) = person.read("/api/v1/orders/controls", device=mrid)["controls"]
        assert control["present"]["value"] == stands

    eventually(
        lambda: all(alarm["state"].startswith("returned") for alarm in overloads(person)),
        patience_s=OWED_S,
        what="the overload is over",
    )
    expect(page.locator("#receipt")).to_contain_text("realised", timeout=OWED_MS)
    expect(page.locator("#receipt")).to_contain_text("stated band")
    desk.go("/receipts/")
    expect(page.locator("#receipts tr").filter(has_text=proposal["title"]).first).to_be_visible()
    receipt = person.read(f"/api/v1/proposals/{number}")["receipt"]
    assert (receipt["outcome"], receipt["is_taken"], receipt["ends"]) == ("scored", True, True)
    tell(f"promised {receipt['expected']:.1f} %, realised {receipt['realised']:.1f} %")
    desk.leave()
    assert desk.witness.faults == []

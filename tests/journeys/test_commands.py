"""An order from the browser to the field and back, by two persons, over the real protocol."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.journeys.browser import PATIENCE_MS, Desk, launch
from tests.journeys.site import Person, Site
from tests.waiting import eventually

OWED_S = 90.0


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


def closed_breaker(person: Person) -> dict[str, Any]:
    """One that stands closed, takes commands, and whose opening nothing forbids."""
    switches = person.read("/api/v1/network/switches", kind="Breaker", limit=100)["results"]
    for switch in switches:
        document = person.read("/api/v1/orders/controls", device=switch["mrid"])
        found = [one for one in document["controls"] if one["kind"] == "position" and one["present"]["value"] == 1.0]
        if not found:
            continue
        wanted = {"device_mrid": switch["mrid"], "act": "open"}
        answer = person.post("/api/v1/orders/look-ahead", wanted)
        is_free = answer.status_code == 200 and answer.json()["findings"]
        if is_free and all(one["level"] != "blocks" for one in answer.json()["findings"]):
            return switch
    raise AssertionError("no breaker can be opened")


@pytest.mark.timeout(600)
def test_two_persons_open_a_breaker_from_their_browsers_and_see_its_feedback(site: Site, browser: Browser) -> None:
    operator, supervisor = Desk.of(browser, site, "operator"), Desk.of(browser, site, "supervisor")
    person = site.person("operator")
    breaker = eventually(lambda: closed_breaker(person), patience_s=OWED_S, what="the state is known")
    for desk in (operator, supervisor):
        desk.sees_live()

    operator.go(f"/elements/{breaker['mrid']}/")
    operator.sees_live()
    operator.page.get_by_role("button", name="Operate…").focus()
    operator.page.keyboard.press("Enter")
    dialog = operator.page.locator("#command")
    dialog.get_by_role("button", name="Open…").focus()
    operator.page.keyboard.press("Enter")
    expect(dialog.locator(".command-sentence")).to_contain_text(f"Open {breaker['name']}: ")
    expect(dialog.locator(".command-findings")).to_contain_text("lose supply")
    dialog.get_by_role("button", name="Select to open").click()
    expect(dialog.locator(".command-left")).to_contain_text("s left")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    dialog.get_by_role("button", name="confirm").click()
    expect(dialog).to_contain_text("A second person decides")

    expect(supervisor.page.locator("#orders-notice")).to_contain_text(
        f"operator awaits a second person: Open {breaker['name']}"
    )
    supervisor.page.locator("#orders-notice a").click()
    decision = supervisor.page.locator(".order-decision").filter(has_text=f"Open {breaker['name']}: ")
    expect(decision.locator(".command-findings")).to_contain_text("lose supply")
    decision.locator("input[type=password]").fill(site.passwords["supervisor"])
    decision.get_by_role("button", name="approve").click()

    expect(dialog.locator(".command-outcome")).to_contain_text("Confirmed by feedback", timeout=PATIENCE_MS)
    expect(operator.page.locator("#supply")).to_have_text("open", ignore_case=True, timeout=PATIENCE_MS)
    (order, *_) = person.read("/api/v1/orders", device=breaker["mrid"])["orders"]
    assert (order["status"], order["selected_by"], order["approved_by"]) == ("confirmed", "operator", "supervisor")
    put_back(site, breaker["mrid"])
    for desk in (operator, supervisor):
        desk.leave()
        assert desk.witness.faults == []


def put_back(site: Site, mrid: str) -> None:
    """The other journeys begin from the network as it was."""
    first, second = site.person("operator"), site.person("supervisor")
    key = "00000000-0000-4000-8000-000000000001"
    wanted = {"device_mrid": mrid, "act": "close", "key": key}
    selected = eventually(lambda: _made(first.post("/api/v1/orders/selection", wanted)), patience_s=30, what="selected")
    path = f"/api/v1/orders/{selected['id']}"
    assert first.post(f"{path}/operation", {"nonce": selected["nonce"]}).status_code == 201
    again = first.post("/api/v1/orders/selection", wanted).json()
    assert again["id"] == selected["id"], "the same key is the same order"
    decided = second.post(f"{path}/approval", {"approves": True, "password": site.passwords["supervisor"]})
    assert decided.status_code == 201, decided.text
    eventually(lambda: first.read(path)["status"] == "confirmed", patience_s=30, what="it is closed again")


def _made(answer: Any) -> Any:
    return answer.json() if answer.status_code == 201 else None

"""What people see and do in the browser, from the sign-in to the sign-out."""

import re
import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect, sync_playwright

from tests.journeys.browser import PATIENCE_MS, Desk, launch
from tests.journeys.site import Site
from tests.waiting import eventually

FAULT_S = 120
OPENED = "Off normal"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def sit(browser: Browser, site: Site) -> Iterator[Callable[[str], Desk]]:
    """Sign somebody in. At the end nobody has seen an error, and no request has left the site."""
    desks: list[Desk] = []

    def sit(username: str) -> Desk:
        desks.append(Desk.of(browser, site, username))
        return desks[-1]

    yield sit
    for desk in desks:
        desk.leave()
    assert [fault for desk in desks for fault in desk.witness.faults] == []
    assert all(desk.witness.requests > 5 for desk in desks)


def strip(desk: Desk) -> list[dict[str, Any]]:
    """The rows of the alarm strip as they stand on the page."""
    rows = desk.page.locator("#alarm-rows .alarm-row")
    return rows.evaluate_all(
        "rows => rows.map(row => ({id: Number(row.dataset.alarm), state: row.dataset.state, text: row.innerText,"
        " occurrence: Number(row.dataset.print.split('.')[1]), selected: row.ariaSelected === 'true'}))"
    )


def openings(rows: list[dict[str, Any]]) -> set[tuple[int, int]]:
    return {(row["id"], row["occurrence"]) for row in rows if OPENED in row["text"]}


def by_keyboard(desk: Desk, row: Locator) -> str | None:
    """The state of the alarm a moment after the operator has selected it and pressed the key."""
    for _ in strip(desk):
        if row.get_attribute("aria-selected") == "true":
            break
        desk.page.keyboard.press("n")
    desk.page.keyboard.press("a")
    desk.page.wait_for_timeout(1000)
    return row.get_attribute("data-state")


def test_a_feeder_fault_comes_to_the_strip_and_is_acknowledged_by_keyboard(
    site: Site, sit: Callable[[str], Desk]
) -> None:
    operator, viewer = sit("operator"), sit("viewer")
    for desk in (operator, viewer):
        desk.sees_live()
    expect(operator.page.locator("#strip-summary")).not_to_have_text("loading")
    known, loads = openings(strip(operator)), operator.witness.loads
    if known:
        site.kill("field")  # this fault was before our time: the field begins anew, and so does its scenario

    alarm_id, occurrence = eventually(
        lambda: openings([row for row in strip(operator) if row["state"] == "unacknowledged"]) - known,
        patience_s=FAULT_S,
        what="the breaker's alarm stands in the strip",
    ).pop()
    assert operator.witness.loads == loads, "it came to the open page"

    row = operator.page.locator(f"#strip-{alarm_id}")
    # Whoever acknowledges while the breaker still tries to close does so again for the next trip.
    eventually(
        lambda: by_keyboard(operator, row) == "acknowledged", patience_s=PATIENCE_MS / 1e3, what="it is acknowledged"
    )

    seen = viewer.page.locator(f"#strip-{alarm_id}")
    expect(seen).to_have_attribute("data-state", "acknowledged", timeout=PATIENCE_MS)
    expect(seen.locator(".alarm-state")).to_have_attribute("title", re.compile("acknowledged by operator"))
    told = site.person("viewer").read("/api/v1/alarms")["alarms"]
    alarm = next(one for one in told if one["id"] == alarm_id)
    assert (alarm["state"], alarm["acknowledged_by"]) == ("acknowledged", "operator")
    assert alarm["occurrence"] >= occurrence

    operator.page.keyboard.press("2")
    expect(operator.page.locator(f"#list-{alarm_id}")).to_have_attribute("data-state", "acknowledged")
    expect(operator.page.locator("#journal tr").filter(has_text="Acknowledged").first).to_contain_text("operator")


def test_who_may_not_acknowledge_is_refused_by_page_and_api(site: Site, sit: Callable[[str], Desk]) -> None:
    alarm = eventually(
        lambda: site.person("viewer").read("/api/v1/alarms")["alarms"], patience_s=FAULT_S, what="there is an alarm"
    )[0]
    act = f"/api/v1/alarms/{alarm['id']}/acknowledgement"
    for name in ("viewer", "program_manager", "engineer"):
        assert site.person(name).post(act, {"occurrence": alarm["occurrence"]}).status_code == 403
    assert site.person("program_manager").get("/api/v1/alarms").status_code == 403
    viewer, manager = sit("viewer"), sit("program_manager")
    viewer.sees_live()
    expect(viewer.page.locator("#alarm-rows .alarm-row").first).to_be_visible()
    expect(viewer.page.locator("#acknowledge")).to_have_count(0)
    manager.sees_live()
    expect(manager.page.locator(".alarm-strip")).to_have_count(0)


def test_an_outdated_acknowledgement_is_refused(site: Site) -> None:
    alarm = eventually(
        lambda: site.person("operator").read("/api/v1/alarms")["alarms"], patience_s=FAULT_S, what="there is an alarm"
    )[0]
    act = f"/api/v1/alarms/{alarm['id']}/acknowledgement"
    refused = site.person("operator").post(act, {"occurrence": alarm["occurrence"] + 1})
    assert refused.status_code == 409
    assert refused.json()["detail"]


def test_the_overview_is_live_and_its_values_move(sit: Callable[[str], Desk]) -> None:
    desk = sit("operator")
    desk.sees_live()
    desk.sees_the_map()
    load, shown = desk.text("#cell-load_kw"), desk.text("#abnormal")
    assert re.search(r"\d+\.\d+\s*MW", load)
    expect(desk.page.locator("#cell-load_kw")).not_to_have_text(load, use_inner_text=True, timeout=PATIENCE_MS)
    expect(desk.page.locator("#abnormal")).not_to_have_text(shown, use_inner_text=True, timeout=PATIENCE_MS)
    eventually(lambda: _pumped(desk) >= 3, patience_s=30, what="three frames came")
    assert desk.witness.sequences == sorted(set(desk.witness.sequences)), "each scan came once and in order"


def _pumped(desk: Desk) -> int:
    desk.page.wait_for_timeout(50)
    return len(desk.witness.sequences)


def test_an_element_is_found_by_keyboard_and_shows_its_trend(site: Site, sit: Callable[[str], Desk]) -> None:
    desk = sit("engineer")
    desk.sees_live()
    name = next(
        line["name"] for line in site.person("engineer").read("/api/v1/network/search", q="Line") if line["name"]
    )
    desk.page.keyboard.press("/")
    desk.page.keyboard.type(name)
    expect(desk.page.locator("#search-results [aria-selected=true]")).to_contain_text(name)
    desk.page.keyboard.press("Enter")
    expect(desk.page.get_by_role("heading", level=1)).to_have_text(name)
    expect(desk.page.locator("#values tr").first).to_be_visible()
    trend = desk.page.locator("#trends figure").first
    expect(trend.locator("canvas").first).to_be_visible()
    expect(trend.locator(".u-series").last).to_have_text(re.compile(r"\d"), timeout=PATIENCE_MS)
    before = trend.locator(".u-legend").inner_text()
    expect(trend.locator(".u-legend")).not_to_have_text(before, use_inner_text=True, timeout=PATIENCE_MS)
    mrid = desk.page.url.rstrip("/").rsplit("/", 1)[1]
    series = site.person("engineer").read(f"/api/v1/state/elements/{mrid}/trend", hours=1)["series"]
    assert all(len(one["t"]) == len(one["v"]) >= 2 for one in series)
    desk.page.get_by_role("button", name="15 min").click()
    expect(trend.locator("canvas").first).to_be_visible()


@pytest.mark.parametrize(("theme", "is_dark"), [("dark", True), ("light", False)])
def test_a_theme_is_chosen_and_stays(sit: Callable[[str], Desk], theme: str, is_dark: bool) -> None:
    desk = sit("operator")
    desk.sees_live()
    button, root = desk.page.locator("#theme"), desk.page.locator("html")
    for _ in range(3):
        if root.get_attribute("data-theme") == theme:
            break
        with desk.page.expect_response(re.compile("/theme/")) as saved:
            button.click()
        assert saved.value.ok
    desk.page.reload()
    desk.sees_live()
    desk.sees_the_map()
    expect(root).to_have_attribute("data-theme", theme)
    assert (brightness(desk, "body") < 128) is is_dark
    assert (brightness(desk, "body", "color") < 128) is not is_dark


def brightness(desk: Desk, selector: str, what: str = "backgroundColor") -> float:
    """0 to 255, as the screen shows it: a canvas turns any notation of a colour into bytes."""
    return desk.page.locator(selector).evaluate(
        "(element, what) => { const pen = Object.assign(document.createElement('canvas'), {width: 1, height: 1})"
        ".getContext('2d'); pen.fillStyle = getComputedStyle(element)[what]; pen.fillRect(0, 0, 1, 1);"
        " const [r, g, b] = pen.getImageData(0, 0, 1, 1).data; return (r + g + b) / 3; }",
        what,
    )


def test_the_keys_are_told_on_demand(sit: Callable[[str], Desk]) -> None:
    desk = sit("operator")
    desk.sees_live()
    desk.page.keyboard.press("?")
    keys = desk.page.locator("#keys")
    expect(keys).to_be_visible()
    expect(keys).to_contain_text("Acknowledge the selected alarm")
    desk.page.keyboard.press("Escape")
    expect(keys).to_be_hidden()


def test_a_server_that_hangs_is_told_in_red_until_it_is_back(site: Site, sit: Callable[[str], Desk]) -> None:
    desk = sit("operator")
    desk.sees_live()
    web = site.find("web")
    assert web is not None
    web.send_signal(signal.SIGSTOP)
    try:
        expect(desk.page.locator("#not-live")).to_be_visible(timeout=14_000)
        expect(desk.page.locator("#live-word")).to_have_text("NOT LIVE")
        expect(desk.page.locator("#not-live")).to_contain_text("DATA NOT LIVE since")
    finally:
        web.send_signal(signal.SIGCONT)
    desk.sees_live()
    desk.witness.faults[:] = [fault for fault in desk.witness.faults if "WebSocket" not in fault]


def test_who_signs_out_is_out(site: Site, sit: Callable[[str], Desk]) -> None:
    desk = sit("operator")
    desk.sees_live()
    cookies = desk.page.context.cookies()
    desk.page.get_by_role("button", name="Sign out").click()
    expect(desk.page.get_by_role("button", name="Sign in")).to_be_visible()
    desk.go("/alarms/")
    expect(desk.page).to_have_url(re.compile("/sign-in/"))
    old = desk.page.context.browser.new_context() if desk.page.context.browser else None
    assert old is not None
    old.add_cookies([{k: c[k] for k in ("name", "value", "domain", "path")} for c in cookies])  # type: ignore[misc,literal-required]
    assert old.request.get(f"{site.url}/api/v1/state/latest").status in (401, 403), "the old cookie opens nothing"
    old.close()

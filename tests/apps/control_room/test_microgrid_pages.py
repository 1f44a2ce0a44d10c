"""The pages of microgrids in a browser: the list, and one as it stands with the grid and alone."""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from apps.accounts.choices import Role, Theme
from apps.accounts.models import User
from apps.microgrids.choices.readiness import ReadinessOutcome
from apps.microgrids.choices.schedule import ScheduleOutcome
from apps.microgrids.models import Microgrid, ReadinessRun, ScheduleRun
from apps.telemetry.models import Gateway, MeasurementPoint
from tests.apps.control_room.desk import session_of
from tests.factories.microgrids import BACKUP, BATTERY, CONNECTED, COUPLING, ISLANDED, mrid_of, told_microgrid

pytestmark = pytest.mark.django_db(transaction=True)
HOUR_S = 3600.0
PICTURES = os.environ.get("GRIDOPS_PICTURES", "")
TALL = {"width": 1920, "height": 2400}
LARGE, SMALL = {"width": 1920, "height": 1080}, {"width": 1366, "height": 768}


def stood(values: dict[tuple[str, str], float]) -> Microgrid:
    """What was heard once stays known while a browser looks."""
    microgrid = told_microgrid(values, at=timezone.now() - timedelta(seconds=1))
    Gateway.objects.update(silence_limit_s=HOUR_S)
    MeasurementPoint.objects.update(max_silence_s=HOUR_S)
    return microgrid


def opened(open_page: Callable[..., Page], site: str, path: str, role: Role = Role.OPERATOR, **options: object) -> Page:
    theme = Theme.LIGHT if options.get("viewport") == SMALL else Theme.DARK
    page = open_page(session_of(User.objects.create_user(f"{role.value}-user", role=role, theme=theme)), **options)
    page.goto(f"{site}{path}")
    return page


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"{name}.png"), full_page=True)


def is_as_wide_as_the_window(page: Page) -> bool:
    return bool(page.evaluate("document.scrollingElement.scrollWidth <= window.innerWidth"))


def test_the_list_says_which_microgrid_stands_alone(open_page: Callable[..., Page], site: str) -> None:
    stood(dict(ISLANDED))
    page = opened(open_page, site, "/microgrids/", viewport=LARGE)
    expect(page.locator("#verdict")).to_contain_text("1 of 1 stands alone")
    row = page.locator("#rows tr")
    expect(row).to_contain_text("Islanded")
    expect(row).to_contain_text("OPEN")
    expect(row).to_contain_text("600.0 of 800.0 kWh")
    expect(row).to_contain_text("not worked out yet")
    assert is_as_wide_as_the_window(page)
    picture(page, "microgrids")


def test_an_empty_list_says_what_to_do(open_page: Callable[..., Page], site: str) -> None:
    page = opened(open_page, site, "/microgrids/", viewport=SMALL)
    expect(page.locator("#rows-empty")).to_contain_text("An engineer names the coupling switch")


def test_a_page_shows_flows_and_members_beside_the_grid(open_page: Callable[..., Page], site: str) -> None:
    microgrid = stood(dict(CONNECTED))
    page = opened(open_page, site, f"/microgrids/{microgrid.mrid}/", viewport=LARGE)
    expect(page.locator("#verdict")).to_contain_text("It stands with the grid and draws 50.0 kW")
    diagram = page.locator(".flow-diagram")
    expect(diagram).to_have_attribute("aria-label", f"{COUPLING} closed, exchange 50.0 kW. "
        "Harbour battery: 40.0 kW. Harbour backup generator: 0.0 kW. Harbour solar: 80.0 kW. "
        "Critical loads: −55.0 kW. Important loads: −45.0 kW. Deferrable loads: −70.0 kW.")  # fmt: skip
    expect(page.locator("#members tr")).to_have_count(6)
    expect(page.locator("#moves-before")).to_contain_text("never left the grid")
    expect(page.locator("#ready-empty")).to_contain_text("Not worked out yet")
    expect(page.locator("#planned-empty")).to_contain_text("Not worked out yet")
    expect(page.locator("#page-fault")).to_have_text("")
    assert is_as_wide_as_the_window(page)
    picture(page, "microgrid-connected")


def test_an_island_shows_frequency_voltage_and_what_is_cut(open_page: Callable[..., Page], site: str) -> None:
    microgrid = stood({**ISLANDED, ("Harbour battery", "shed_group"): 1.0, ("Harbour works", "active_power"): 0.0})
    page = opened(open_page, site, f"/microgrids/{microgrid.mrid}/", viewport=SMALL)
    expect(page.locator("#verdict")).to_contain_text("It stands ALONE and lives; deferrable loads are cut.")
    expect(page.locator(".flow-diagram")).to_contain_text("49.92 Hz")
    expect(page.locator("#remarks")).to_contain_text("1 load of priority 3 (deferrable) cut.")
    expect(page.locator("#members tr", has_text="Harbour works")).to_contain_text("CUT")
    assert is_as_wide_as_the_window(page)
    picture(page, "microgrid-islanded")


def test_an_engineer_changes_a_priority(open_page: Callable[..., Page], site: str) -> None:
    microgrid = stood(dict(CONNECTED))
    page = opened(open_page, site, f"/microgrids/{microgrid.mrid}/", Role.ENGINEER, viewport=LARGE)
    page.get_by_label("Priority of Harbour works").select_option("2")
    page.get_by_role("button", name="Keep the changes").click()
    expect(page.get_by_role("button", name="Keep the changes")).to_be_hidden()
    assert microgrid.members.get(name="Harbour works").priority == 2


def test_an_engineer_enters_terms_and_is_told_what_does_not_fit(open_page: Callable[..., Page], site: str) -> None:
    microgrid = stood(dict(CONNECTED))
    page = opened(open_page, site, f"/microgrids/{microgrid.mrid}/", Role.ENGINEER, viewport=LARGE)
    expect(page.locator("#terms-state")).to_have_text("Nobody has entered any: all are assumptions")
    keep, lost = (
        page.get_by_role("button", name="Keep the terms"),
        page.get_by_label("Critical load not served, EUR/kWh"),
    )
    expect(keep).to_be_hidden()
    lost.fill("40")
    page.get_by_label("Important loads are cut below, share of charge").fill("0.9")
    keep.click()
    expect(page.locator("#terms-outcome")).to_contain_text("shed_important_below: deferrable loads are cut first")
    page.get_by_label("Important loads are cut below, share of charge").fill("0.2")
    keep.click()
    expect(page.locator("#terms-state")).to_have_text("Entered by a person")
    expect(keep).to_be_hidden()
    assert microgrid.readiness_terms.lost_critical_eur_per_kwh == 40.0
    assert microgrid.readiness_terms.shed_important_below == 0.2
    assert is_as_wide_as_the_window(page)
    picture(page, "microgrid-terms")


def test_a_veto_is_given_with_its_reason_and_lifted(open_page: Callable[..., Page], site: str) -> None:
    microgrid = stood(dict(CONNECTED))
    page = opened(open_page, site, f"/microgrids/{microgrid.mrid}/", viewport=LARGE)
    page.get_by_role("button", name="Forbid transitions…").click()
    page.locator("#ask-text").fill("People work at the coupling.")
    page.locator("#ask-yes").click()
    expect(page.locator("#veto")).to_contain_text("People work at the coupling.")
    page.get_by_role("button", name="Lift the veto…").click()
    page.locator("#ask-yes").click()
    expect(page.locator("#veto")).to_have_text("")
    assert microgrid.vetoes.get().lifted_at is not None


def test_a_viewer_is_offered_no_acts(open_page: Callable[..., Page], site: str) -> None:
    microgrid = stood(dict(CONNECTED))
    page = opened(open_page, site, f"/microgrids/{microgrid.mrid}/", Role.VIEWER, viewport=SMALL)
    expect(page.locator("#verdict")).to_contain_text("It stands with the grid")
    expect(page.locator("[data-move]")).to_have_count(0)
    expect(page.locator("#members select")).to_have_count(0)


def looked_at(microgrid: Microgrid) -> None:
    """As the rounds of readiness and of the planner leave it."""
    now = timezone.now()
    ReadinessRun.objects.create(
        microgrid=microgrid,
        as_of=now,
        outcome=ReadinessOutcome.WORKED_OUT,
        is_alone=False,
        horizon_h=48.0,
        scenarios=200,
        hours={str(n): {"p10": 9.0 / n, "p50": 14.0 / n, "p90": 48.0 / n, "beyond": 0.12 / n} for n in (1, 2, 3)},
        curve={"h": [0.0, 4.0, 8.0, 16.0], **{str(n): [1.0, 0.9 / n, 0.6 / n, 0.2 / n] for n in (1, 2, 3)}},
        gains=[{"what": "Fill the tanks", "words": "Fill the tanks: 6.0 h more.", "p10_h": 6.0, "p50_h": 7.0,
                "mean_h": 6.5, "is_bound": False}],
        unserved_kwh={"1": 0.0, "2": 3.0, "3": 20.0},
        reserve_kwh=120.0,
        reserve_until=now + timedelta(hours=24),
        reserve_cost_eur=1.5,
        reserve={"reason": "A storm is forecast.", "candidates": []},
        engine_version="test",
    )  # fmt: skip
    battery, unit = (str(mrid_of(name)) for name in (BATTERY, BACKUP))
    periods = [
        {"storage_kw": {battery: 40.0 - n}, "stored_kwh": 600.0 - n, "generator_kw": {unit: 0.0}, "renewable_kw": 80.0,
         "curtailed_kw": 0.0, "shed_kw": {"3": 0.0}, "load_kw": 170.0, "import_kw": 50.0 + n, "export_kw": 0.0,
         "reserve_short_kwh": 0.0, "buy": 0.3, "sell": 0.1, "shadow_price": 0.3 + 0.01 * n,
         "reasons": [f"Harbour battery gives {40 - n} kW: the evening is dearer."]}
        for n in range(12)
    ]  # fmt: skip
    ScheduleRun.objects.create(
        microgrid=microgrid,
        as_of=now,
        starts_at=now,
        outcome=ScheduleOutcome.PLANNED,
        is_alone=False,
        cost=61.0,
        uncontrolled_cost=75.5,
        uncontrolled_lost_kwh=0.0,
        periods=periods,
        engine_version="test",
    )


def test_readiness_and_schedule_are_told_with_their_reasons(open_page: Callable[..., Page], site: str) -> None:
    microgrid = stood(dict(CONNECTED))
    looked_at(microgrid)
    page = opened(open_page, site, f"/microgrids/{microgrid.mrid}/", Role.ENGINEER, viewport=TALL)
    expect(page.locator("#ready-hours tr").first).to_contain_text("9.0")
    expect(page.locator("#ready-hours tr").first).to_contain_text("≥ 48.0")
    expect(page.locator("#ready-gains")).to_contain_text("Fill the tanks: 6.0 h more.")
    expect(page.locator("#ready-reserve")).to_contain_text("120.0 kWh")
    expect(page.locator("#ready-chart .main-svg").first).to_be_visible()
    expect(page.locator("#planned-cost")).to_contain_text(
        "It comes to 61.00 EUR, without control to 75.50 EUR: 14.50 EUR saved."
    )
    expect(page.locator("#planned-words li").first).to_contain_text("Harbour battery gives 40 kW")
    expect(page.locator("#planned-chart .main-svg").first).to_be_visible()
    expect(page.locator("#results")).to_contain_text("Stood alone, h")
    expect(page.locator("#page-fault")).to_have_text("")
    picture(page, "microgrid-whole")
    page.get_by_label("Hold, kWh").fill("200")
    page.get_by_label("Until, time of").fill(f"{timezone.localtime() + timedelta(days=1):%Y-%m-%dT%H:%M}")
    page.locator("#reserve-form [name=reason]").fill("A storm comes.")
    page.get_by_role("button", name="Hold it").click()
    expect(page.locator("#ready-reserve")).to_contain_text("200.0 kWh")
    expect(page.locator("#ready-reserve")).to_contain_text("wishes it: A storm comes.")
    assert microgrid.reserve_wishes.get().reserve_kwh == 200.0

"""The fleet desk and the page of a plant in a browser, on a small fleet that was followed, judged and planned."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from apps.accounts.choices import Role, Theme
from apps.accounts.models import User
from apps.storage.adapters.packed import packed
from apps.storage.choices import Horizon, SafetyLevel
from apps.storage.models import (
    ChargeDay,
    Earning,
    HealthState,
    LimitSetting,
    SafetyState,
    StorageFleet,
    StoragePlant,
    WarrantyCounter,
)
from apps.storage.services.assessing import assess
from apps.storage.services.planning import plan_plant
from apps.telemetry.models import Gateway, MeasurementPoint
from tests.apps.control_room.desk import session_of
from tests.factories.markets import make_feed, make_zone, take_day
from tests.factories.storage import CHEAP_NIGHT, charged, heard, make_plant, metered

pytestmark = pytest.mark.django_db(transaction=True)
HOUR_S = 3600.0
PICTURES = os.environ.get("GRIDOPS_PICTURES", "")
LARGE, SMALL = {"width": 1920, "height": 1080}, {"width": 1366, "height": 768}
FIGURES = {"temperature_max": 31.5, "temperature_min": 28.0, "cell_voltage_max": 3.31, "cell_voltage_min": 3.3}


@pytest.fixture
def mill(db: None) -> StoragePlant:
    """Prices of the days around now, a charge, readings, a schedule, a night's health, a week's earnings."""
    now = timezone.now()
    zone, feed = make_zone(), make_feed()
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    for ahead in range(-4, 2):
        begin = midnight + timedelta(days=ahead)
        take_day(feed, CHEAP_NIGHT, begin=begin, at=now - timedelta(hours=20))
    plant = make_plant(zone=zone, warranty_cycles=6000.0, warranty_years=10.0, watched=("soc", "temperature_max_c"))
    gateway = metered(plant)
    Gateway.objects.update(silence_limit_s=HOUR_S)  # what was heard once stays known while a browser looks
    MeasurementPoint.objects.update(max_silence_s=HOUR_S)
    heard(gateway, [now], active_power=[120.0], **{name: [value] for name, value in FIGURES.items()})
    charged(plant, 0.42, now, sigma=0.02)
    assess(as_of=now)
    plan_plant(plant=plant, horizon=Horizon.INTRADAY, as_of=now)
    _past(plant)
    return plant


def _past(plant: StoragePlant) -> None:
    now = timezone.now()
    for back in range(2):
        day = (now - timedelta(days=back)).date()
        ended = int((now.timestamp() - datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) // 900)
        quarter = np.where(np.arange(96) < ended, 0.42, np.nan)
        columns = {"soc": quarter, "sigma": 0.05 * quarter, "temperature_c": 70 * quarter, "planned_kw": 200 * quarter}
        kept = {name: packed(values) for name, values in columns.items()}
        ChargeDay.objects.create(
            plant=plant, day=day, power_kw=packed(200 * quarter), planned_soc=packed(quarter), **kept
        )
    for rack in plant.racks.all():
        for night, capacity in ((2, 0.981), (1, 0.98)):
            at = now - timedelta(days=night)
            HealthState.objects.create(rack=rack, as_of=at, capacity=capacity, capacity_sigma=0.01, resistance=1.08)
    for back in range(1, 4):
        day = timezone.localtime(now).date() - timedelta(days=back)
        figures = {"planned": 42.0, "realised": 40.0, "perfect": 50.0, "simple_rule": 36.0, "wear": 8.0}
        Earning.objects.create(plant=plant, day=day, currency="EUR", worked_out_at=now, known_share=1.0, **figures)
    WarrantyCounter.objects.create(plant=plant, counted_until=now, years=1.5, equivalent_cycles=300.0)


def opened(open_page: Callable[..., Page], site: str, path: str, role: Role = Role.OPERATOR, **options: object) -> Page:
    theme = Theme.LIGHT if options.get("viewport") == SMALL else Theme.DARK
    page = open_page(session_of(User.objects.create_user(f"{role.value}-user", role=role, theme=theme)), **options)
    page.goto(f"{site}{path}")
    return page


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"{name}.png"))


def test_the_desk_says_at_once_whether_the_fleet_is_well(
    mill: StoragePlant, open_page: Callable[..., Page], site: str
) -> None:
    sick = make_plant(name="Pond battery")
    reasons = [{"text": "Rack 2: cell voltage high reads 3.7 V."}]
    by = {"charge_by": "cell voltage high", "discharge_by": "cell voltage high"}
    now, none = timezone.now(), {"charge_kw": 0.0, "discharge_kw": 0.0}
    SafetyState.objects.create(
        plant=sick, as_of=now, tripped_at=now, level=SafetyLevel.TRIP, reasons=reasons, **by, **none
    )
    other = StorageFleet.objects.create(name="Valley", purpose="Peaks of the valley.")
    make_plant(name="Valley battery", fleet=other)
    page = opened(open_page, site, "/storage/", viewport=LARGE)
    expect(page.locator("#verdict")).to_contain_text(
        "2 of 3 plants are not available; 1 tripped; 1 not judged yet; no schedule is approved"
    )
    first = page.locator("#plants tr").first
    expect(first).to_contain_text("Pond battery")
    expect(first).to_contain_text("Tripped, latched")
    expect(first).to_contain_text("cell voltage high reads 3.7 V")
    row = page.locator("#plants tr", has_text="Mill battery")
    expect(row).to_contain_text("42.0 ± 2.0 %")
    expect(row).to_contain_text("120.0 charges")
    expect(row).to_contain_text("98.0 ± 1.0")
    expect(row).to_contain_text("120.00 EUR")
    expect(row).to_contain_text("300.0 / 6000 = 5.0 %")
    expect(row).to_contain_text("Planned, not proposed")
    expect(page.locator("#tiles")).to_contain_text("80.0 % of perfect foresight")
    expect(page.locator("#tiles")).to_contain_text("+4.00 against the simple rule")
    expect(page.locator("#chart canvas")).to_have_count(3)
    picture(page, "storage-dark")
    row.locator("button", has_text="Chart").click()
    expect(page.locator("#chart-title")).to_contain_text("Mill battery")
    page.locator("#chart .u-over").first.hover(position={"x": 60, "y": 20})
    expect(page.locator("#chart-reading")).to_contain_text("charge 42.0")
    page.select_option("#fleet", label="Valley (1)")
    expect(page.locator("#plants tr")).to_have_count(1)
    expect(page.locator("#purpose")).to_have_text("Peaks of the valley.")
    expect(page.locator("#chart-empty")).to_be_visible()
    row = page.locator("#plants tr").first
    row.locator("th a").click()
    expect(page.locator("h1")).to_have_text("Valley battery")


def test_an_empty_site_says_why_and_a_small_screen_is_wide_enough(
    open_page: Callable[..., Page], site: str, olga: User
) -> None:
    page = open_page(session_of(olga))
    page.goto(f"{site}/storage/")
    expect(page.locator("#verdict")).to_have_text("There is no plant yet.")
    expect(page.locator("#plants-empty")).to_contain_text("import_storage")
    make_plant(name="A battery whose name is as long as names of batteries are")
    page.reload()
    expect(page.locator("#plants tr")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_plant_is_told_whole_and_its_limits_are_narrowed_never_widened(
    mill: StoragePlant, open_page: Callable[..., Page], site: str
) -> None:
    page = opened(open_page, site, f"/storage/plants/{mill.mrid}/", viewport=LARGE)
    expect(page.locator("h1")).to_have_text("Mill battery")
    expect(page.locator("#tiles")).to_contain_text("42.0 ± 2.0 %")
    expect(page.locator("#tiles")).to_contain_text("No trip stands")
    expect(page.locator(".storage-plant")).to_contain_text("Sheet of the maker, revision 3")
    rack = page.locator("#racks tr").first
    expect(rack).to_contain_text("98.0 ± 1.0")
    expect(rack).to_contain_text("28.0 … 31.5")
    expect(rack.locator("td").nth(6)).to_have_text("10")
    rule = page.locator("#rules tr[data-rule='state of charge high']")
    expect(rule).to_contain_text("0.44")
    expect(page.locator("#rules tr[data-rule='hydrogen']")).to_contain_text("by its own management")
    expect(page.locator("#explained")).to_contain_text("worth")
    expect(page.locator("#explained")).to_contain_text("It earns")
    expect(page.locator("#runs tr")).to_have_count(1)
    expect(page.locator("#capacity-chart canvas")).to_have_count(1)
    expect(page.locator("#warranty tr").first).to_contain_text("15.0")
    expect(page.locator("#earnings tr")).to_have_count(3)
    expect(page.locator("#earnings tr").first).to_contain_text("80.0")
    with page.expect_download() as file:
        page.locator(".earned a", has_text="CSV").click()
    assert len(Path(file.value.path()).read_text().splitlines()) == 4
    picture(page, "plant-dark")

    page.get_by_role("button", name="Charging power", exact=True).click()
    page.fill("#narrow-value", "900")
    page.fill("#narrow-reason", "A fan is out.")
    page.click("#narrow-form button")
    expect(page.locator("#narrow-fault")).to_contain_text("would widen the limit of 500")
    page.fill("#narrow-value", "300")
    page.click("#narrow-form button")
    expect(page.locator("#settings")).to_contain_text("A fan is out.")
    expect(page.locator("#ratings tr").first).to_contain_text("300")
    page.locator("#settings button").click()
    page.fill("#ask-text", "Mended.")
    page.click("#ask-yes")
    expect(page.locator("#settings")).to_contain_text("Nothing is narrowed")
    assert LimitSetting.objects.get().lift_reason == "Mended."


def test_a_trip_is_told_reset_here_and_a_viewer_only_looks(
    mill: StoragePlant, open_page: Callable[..., Page], site: str
) -> None:
    SafetyState.objects.filter(plant=mill).update(level=SafetyLevel.TRIP, tripped_at=timezone.now())
    address = f"/storage/plants/{mill.mrid}/"
    looks = opened(open_page, site, address, Role.VIEWER, viewport=SMALL)
    expect(looks.locator("#tiles")).to_contain_text("TRIPPED")
    expect(looks.locator("#narrow-form, #plan-now, #tell-reset, #settings button")).to_have_count(0)
    assert looks.evaluate("document.documentElement.scrollWidth <= innerWidth")
    picture(looks, "plant-light")
    page = opened(open_page, site, address)
    page.click("#tell-reset")
    page.fill("#ask-text", "Reset at the cabinet.")
    page.click("#ask-yes")
    expect(page.locator("#tiles")).to_contain_text("The last reset was told")
    assert SafetyState.objects.get(plant=mill).reset_told_by is not None


def test_a_day_without_a_schedule_says_what_would_have_to_give(open_page: Callable[..., Page], site: str) -> None:
    plant = make_plant()
    charged(plant, 0.5, timezone.now())
    heard(metered(plant), [timezone.now()], active_power=[0.0])
    plan_plant(plant=plant, horizon=Horizon.INTRADAY, as_of=timezone.now())
    page = opened(open_page, site, f"/storage/plants/{plant.mrid}/")
    expect(page.locator("#explained")).to_contain_text("Prices not known")
    expect(page.locator("#explained")).to_contain_text("neither a tariff nor a price zone")
    expect(page.locator("#health-empty")).to_be_visible()
    expect(page.locator("#earnings")).to_contain_text("No day is settled yet")
    expect(page.locator("#courses")).to_contain_text("Dispatch has no course of it")

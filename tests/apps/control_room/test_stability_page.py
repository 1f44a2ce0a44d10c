"""The page Stability in a browser: nothing, then a look at the hours ahead and a meter that is heard."""

import os
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from apps.accounts.choices import Role, Theme
from apps.accounts.models import User
from apps.renewables.adapters.stability import outlook
from apps.renewables.adapters.stability_parts import Answerer, Losable
from apps.renewables.choices import StabilityOutcome
from apps.renewables.models import StabilityRun
from apps.telemetry.choices import Protocol
from apps.telemetry.models import Gateway, LatestBlock, MeasurementPoint
from tests.apps.control_room.desk import point_until_read, session_of
from tests.factories.stability import make_area
from tests.factories.storage import heard

pytestmark = pytest.mark.django_db(transaction=True)
PICTURES = os.environ.get("GRIDOPS_PICTURES", "")
LARGE, SMALL = {"width": 1920, "height": 1080}, {"width": 1366, "height": 768}
LOSS_KW = 3_000.0


def looked() -> StabilityRun:
    """Of a wind park that gives most at night, a solar park at noon, and two batteries."""
    now = timezone.now()
    area = make_area(LOSS_KW)
    hour = np.arange(24.0)
    plants = [
        Losable(uuid4(), "Wind park", 3_200.0, 2_000 + 1_000 * np.cos(hour / 24 * 2 * np.pi), "its forecast", False),
        Losable(
            uuid4(),
            "Solar park",
            1_600.0,
            1_500 * np.maximum(np.sin((hour - 6) / 12 * np.pi), 0),
            "its forecast",
            False,
        ),
    ]
    answerers = [
        Answerer(
            uuid4(),
            f"Battery {n}",
            1_000.0,
            np.full(24, room),
            np.full(24, 800.0),
            np.full(24, room),
            np.full(24, 800.0),
            (0.0, 0.0),
            0.2,
            50.0,
            droop,
            True,
            0.0,
            "its course",
        )
        for n, room, droop in ((1, 900.0, 50.0), (2, 700.0, 4.0))
    ]
    begin = now.replace(minute=0, second=0, microsecond=0)
    found = outlook(area, plants, [], answerers, begin)
    strength = [
        {
            "mrid": str(plants[0].mrid),
            "name": "Wind park",
            "rated_kva": 3200.0,
            "power_mva": 8.0,
            "ratio": 2.5,
            "strength": "weak",
        }
    ]
    return StabilityRun.objects.create(
        as_of=now,
        starts_at=begin,
        outcome=StabilityOutcome.HOLDS if found.holds else StabilityOutcome.SHORT,
        text=found.text,
        area={name: getattr(area, name) for name in AREA},
        hours=found.hours,
        response=found.response,
        shares=found.shares,
        strength=strength,
        volt_var={"text": "The state of the network is not known now.", "plants": []},
    )


AREA = (
    "name", "kinetic_kws", "load_kw", "governor_kw", "governor_droop_percent", "limit_hz", "nominal_hz",
    "rocof_limit_hz_s", "ramp_percent_min", "source",
)  # fmt: skip


def a_meter_is_heard() -> None:
    gateway = Gateway.objects.create(name="stations", protocol=Protocol.HTTP, silence_limit_s=3600.0)
    LatestBlock.objects.create(gateway=gateway)
    MeasurementPoint.objects.create(
        gateway=gateway, slot=0, name="Busbar frequency", equipment_mrid=uuid4(), quantity="frequency", unit="Hz",
        address="f", max_silence_s=3600.0,
    )  # fmt: skip
    heard(gateway, [timezone.now()], frequency=[49.987])


def opened(open_page: Callable[..., Page], site: str, user: User, **options: object) -> Page:
    page = open_page(session_of(user), **options)
    page.goto(f"{site}/renewables/stability/")
    return page


def test_the_page_says_what_is_missing_and_then_shows_what_was_worked_out(
    open_page: Callable[..., Page], site: str
) -> None:
    erin = User.objects.create_user("erin", role=Role.ENGINEER, theme=Theme.LIGHT)
    page = opened(open_page, site, erin)
    expect(page.locator("#verdict")).to_have_text("Nothing has been worked out yet.")
    expect(page.locator("#measured-empty")).to_be_visible()
    run = looked()
    a_meter_is_heard()
    page.reload()
    expect(page.locator("#verdict")).to_contain_text("The limit is kept")
    expect(page.locator("#hours tr")).to_have_count(24)
    expect(page.locator("#shares tr")).to_have_count(2)
    expect(page.locator("#tiles")).to_contain_text("49.987")
    expect(page.locator("#response canvas")).to_be_visible()
    expect(page.locator("#measured canvas")).to_be_visible()
    first = page.locator("#shares tr").first
    expect(first).to_contain_text("off")
    expect(first.get_by_role("link", name="Battery 1")).to_have_attribute("href", f"/elements/{run.shares[0]['mrid']}/")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    point_until_read(page, "#response .u-over", page.locator("#response-reading"), "Hz without a reserve")


@pytest.mark.skipif(not PICTURES, reason="GRIDOPS_PICTURES names no folder for pictures")
@pytest.mark.parametrize("theme", [Theme.LIGHT, Theme.DARK])
def test_pictures(open_page: Callable[..., Page], site: str, theme: Theme) -> None:
    looked()
    a_meter_is_heard()
    user = User.objects.create_user("pia", role=Role.ENGINEER, theme=theme)
    for size in (LARGE, SMALL):
        page = opened(open_page, site, user, viewport=size)
        expect(page.locator("#hours tr")).to_have_count(24)
        page.screenshot(path=str(Path(PICTURES) / f"stability-{theme}-{size['width']}.png"), full_page=True)

"""The voltage desk in a browser: the feeder below its limit, its profile, the plan, and what a person sets."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from apps.accounts.choices import Role, Theme
from apps.accounts.models import User
from apps.dispatch.services.scenes import Live
from apps.optimization.choices import RunTrigger
from apps.optimization.models import VoltageSetting
from apps.optimization.services import expected, runs
from apps.state.adapters.look_ahead import Expected
from gridops.engine.security.outlook import Expectation
from tests.factories.banks import bank_file
from tests.factories.grids import grid
from tests.factories.networks import imported
from tests.factories.scenes import base_of, live_of
from tests.factories.solutions import solution_of

pytestmark = pytest.mark.django_db(transaction=True)
PICTURES = os.environ.get("GRIDOPS_PICTURES", "")
LARGE, SMALL = {"width": 1920, "height": 1080}, {"width": 1366, "height": 768}


@pytest.fixture(scope="module", autouse=True)
def _case_is_read() -> None:
    grid(str(bank_file()))


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch) -> Live:
    """The first feeder's end is below its limit, more load is expected, and the desks have just looked."""
    model = imported(bank_file())
    usual = base_of(model, heavy="A", factor=1.2)
    base = replace(usual, source_voltage_pu=np.full_like(usual.source_voltage_pu, 0.905))
    live = live_of(model, base, timezone.now())
    network = live.scene.place.network
    now = np.bincount(network.injection.kind, base.injection_p_kw, 3)

    def more(_network: object, _first: object, steps: int) -> Expected:
        mean = now[:, None] * np.stack([np.linspace(1.0, 1.15, steps), np.ones(steps), np.ones(steps)])
        return Expected(network.injection.kind, Expectation(mean, 0 * mean, np.full(3, 0.9), np.zeros(3)), "a test")

    monkeypatch.setattr(expected, "from_forecasts", more)
    monkeypatch.setattr(runs, "live_scene", lambda *, as_of: live)
    solution_of(live)
    run = runs.begin_run(trigger=RunTrigger.VIOLATION, as_of=live.as_of)
    runs.carry_out(run_id=run.pk, clock=lambda: live.as_of)
    return live


def session(name: str, role: Role, theme: Theme = Theme.DARK) -> str:
    client = Client()
    client.force_login(User.objects.create_user(name, role=role, theme=theme))
    return client.cookies["sessionid"].value


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"{name}.png"))


def test_a_feeder_below_its_limit_its_plan_and_a_new_aim(
    live: Live, live_server: Any, open_page: Callable[..., Page]
) -> None:
    page = open_page(session("sam", Role.SUPERVISOR), viewport=LARGE)
    page.goto(f"{live_server.url}/voltage/")
    expect(page.locator("#voltage-verdict")).to_contain_text("beyond their limits, on")
    expect(page.locator("#feeders tr").first).to_contain_text("Station F01")
    expect(page.locator("#feeders tr[aria-current]")).to_have_attribute("data-beyond", "yes")
    expect(page.locator("#profile figure > svg circle.now")).to_have_count(4)
    expect(page.locator("#profile figure > svg circle.planned")).to_have_count(5)
    expect(page.locator("#profile figure > svg line.limit")).to_have_count(2)
    expect(page.locator("#plan .moves")).to_contain_text("Move the tap of T1 from 0 to")
    expect(page.locator("#plan path.steps.after")).not_to_have_count(0)
    expect(page.locator("#devices .device").first).to_contain_text("0 of 24 operations today")
    expect(page.locator("#proposals")).to_contain_text("Move the tap of T1")
    expect(page.locator("#runs")).to_contain_text("All desks")
    picture(page, "voltage-dark")

    page.locator("#feeders a", has_text="Station F02").click()
    expect(page.locator("#profile-title")).to_contain_text("Station F02")
    assert "feeder=" in page.url
    page.locator("summary", has_text="Change").click()
    page.select_option("#setting-objective", "flat")
    page.fill("#setting-flat", "1.01")
    page.fill("#setting-reason", "Motors at the end.")
    page.click("#setting-form button")
    expect(page.locator("#aim")).to_contain_text("Flat profile")
    expect(page.locator("#aim")).to_contain_text("Motors at the end.")
    page.select_option("#mode", "off")
    page.fill("#mode-reason", "Works on the line.")
    page.click("#mode-form button")
    expect(page.locator("#aim")).to_contain_text("Off: the desk proposes nothing here")
    assert VoltageSetting.objects.get().flat_pu == 1.01


def test_who_may_only_look_sets_nothing(live: Live, live_server: Any, open_page: Callable[..., Page]) -> None:
    page = open_page(session("vic", Role.VIEWER, Theme.LIGHT), viewport=SMALL)
    page.goto(f"{live_server.url}/voltage/")
    expect(page.locator("#profile figure > svg circle.now").first).to_be_visible()
    expect(page.locator("#plan-now, #setting-form, #mode-form")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    picture(page, "voltage-light")

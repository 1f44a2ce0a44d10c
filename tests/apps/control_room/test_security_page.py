"""The security page in a browser: what an operator reads from a real run of a real grid."""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from apps.accounts.choices import Role, Theme
from apps.accounts.models import User
from apps.assets.models import ConnectivityNode
from apps.state.choices import LookAheadOutcome
from apps.state.models import LookAhead, SecurityRun
from apps.state.services import look_ahead as looking
from apps.state.services.security import Watcher
from tests.factories.field import make_room
from tests.factories.grids import MEDIUM_VOLTAGE, cache_dir

pytestmark = pytest.mark.django_db(transaction=True)


def session_of(theme: Theme = Theme.DARK) -> str:
    client = Client()
    client.force_login(User.objects.create_user(f"olga-{theme}", role=Role.OPERATOR, theme=theme))
    return client.cookies["sessionid"].value


def run_once() -> SecurityRun:
    now = timezone.now()
    make_room(MEDIUM_VOLTAGE, cache_dir(), started_at=now).step(now)
    run = Watcher().look(as_of=now)
    assert run is not None
    return run


def shot(page: Page, name: str) -> None:
    """For judging by eye, where somebody asks for pictures."""
    if folder := os.environ.get("GRIDOPS_SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png")


def test_before_the_first_run_the_page_says_so(open_page: Callable[..., Page], live_server: Any) -> None:
    page = open_page(session_of())
    page.goto(f"{live_server.url}/security/")
    expect(page.locator("#verdict")).to_have_text("Not known: there has been no run yet.")
    expect(page.locator("#ahead")).to_contain_text("Nobody has looked ahead yet")


@pytest.mark.parametrize("theme", [Theme.DARK, Theme.LIGHT])
def test_a_run_is_read_from_the_page(open_page: Callable[..., Page], live_server: Any, theme: Theme) -> None:
    run = run_once()
    told = {
        "equipment_mrid": run.contingencies[0]["equipment_mrid"], "equipment_name": "T12", "first": 4, "behind": 12,
        "probability": 0.37, "standard_error": 0.034, "peak_probability": 0.21, "reaches": 108.0, "unit": "%",
        "sentence": "37 % that T12 is above its rating between 17:00 and 19:00.",
    }  # fmt: skip
    LookAhead.objects.create(
        as_of=run.as_of, network_model=run.network_model, outcome=LookAheadOutcome.DONE, starts_at=run.as_of,
        step_s=900, steps=96, futures=200, duration_ms=1, engine_version="1", expected_from="history",
        statements=[told],
    )  # fmt: skip
    page = open_page(session_of(theme), viewport={"width": 1920, "height": 1080})
    page.goto(f"{live_server.url}/security/")
    expect(page.locator("#outages tr")).to_have_count(len(run.contingencies))
    expect(page.locator("#outages tr").first).to_contain_text(run.contingencies[0]["sentence"])
    expect(page.locator("#ahead")).to_contain_text("37 % that T12 is above its rating between 17:00 and 19:00.")
    node = ConnectivityNode.objects.filter(is_terminal=False, is_busbar=True).first()
    assert node
    page.fill("#fault-node", node.name)
    page.click("#fault-form button")
    expect(page.locator("#fault-result")).to_contain_text("three-phase, maximum")
    shot(page, f"security-{theme}")
    page.check("#only-insecure")
    insecure = sum(not outage["is_secure"] for outage in run.contingencies)
    expect(page.locator("#outages tr")).to_have_count(insecure)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_too_short_a_history_is_read_from_the_page(open_page: Callable[..., Page], live_server: Any) -> None:
    run = run_once()
    looking.look_ahead(as_of=run.as_of + timedelta(seconds=1))
    page = open_page(session_of())
    page.goto(f"{live_server.url}/security/")
    expect(page.locator("#ahead")).to_contain_text("Not enough history: 0 h of 24 h.")


def test_a_nodes_page_tells_its_short_circuit_level_on_demand(open_page: Callable[..., Page], live_server: Any) -> None:
    run_once()
    node = ConnectivityNode.objects.filter(is_terminal=False, is_busbar=True).first()
    assert node
    page = open_page(session_of())
    page.goto(f"{live_server.url}/elements/{node.mrid}/")
    page.click("#fault-level")
    expect(page.locator("#fault-result")).to_contain_text("two-phase, minimum")
    expect(page.locator("#fault-result")).to_contain_text("assumed for want of data")

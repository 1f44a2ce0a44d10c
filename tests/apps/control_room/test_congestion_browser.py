"""Congestion of the hours ahead, envelopes and foreseen troubles, in a browser."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from apps.accounts.choices import Role, Theme
from apps.accounts.models import User
from apps.assets.models import BatteryUnit
from apps.assets.selectors import assembled
from apps.dispatch.services.scenes import Live
from apps.optimization.services import hours_ahead
from tests.factories.ahead import evening_peak, expected_of, looked_ahead
from tests.factories.grids import grid
from tests.factories.networks import imported
from tests.factories.rings import ring_file
from tests.factories.scenes import base_of, live_of

pytestmark = pytest.mark.django_db(transaction=True)
PICTURES = os.environ.get("GRIDOPS_PICTURES", "")
LARGE = {"width": 1920, "height": 1080}


@pytest.fixture(scope="module", autouse=True)
def _case_is_read() -> None:
    grid(str(ring_file()))


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch) -> Live:
    """A quiet hour before an evening that overloads a cable."""
    model = imported(ring_file())
    live = live_of(model, base_of(model), timezone.now())
    expected = expected_of(assembled(model), evening_peak(1.6))
    monkeypatch.setattr(hours_ahead, "live_scene", lambda *, as_of: live)
    monkeypatch.setattr(hours_ahead, "from_forecasts", lambda *_: expected)
    looked_ahead(live, expected, hours_ahead.next_quarter(live.as_of))
    hours_ahead.work_out(clock=lambda: live.as_of)
    return live


def session(name: str, role: Role, theme: Theme) -> str:
    client = Client()
    client.force_login(User.objects.create_user(name, role=role, theme=theme))
    return client.cookies["sessionid"].value


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"{name}.png"))


@pytest.mark.parametrize("theme", [Theme.DARK, Theme.LIGHT])
def test_what_is_short_tonight_is_told_before_it_is_there(
    live: Live, live_server: Any, open_page: Callable[..., Page], theme: Theme
) -> None:
    page = open_page(session("vic", Role.VIEWER, theme), viewport=LARGE)
    page.goto(f"{live_server.url}/congestion/")
    short = page.locator(".short")
    expect(short).to_have_count(1)
    expect(short.get_by_role("heading", level=2)).to_contain_text("Overload: Station F01")
    expect(short).to_contain_text("likely")
    expect(short).to_contain_text("Cheapest way out: Battery at A4")
    expect(short.locator("tbody tr").first).to_contain_text("Battery")
    expect(page.locator("#bound .envelope svg").first).to_be_visible()
    picture(page, f"congestion-{theme}")

    page.goto(f"{live_server.url}/elements/{BatteryUnit.objects.get().mrid}/")
    expect(page.locator("#envelope-panel")).to_contain_text("Now it may draw")
    expect(page.locator("#envelope svg")).to_be_visible()
    picture(page, f"envelope-{theme}")

    page.goto(f"{live_server.url}/remedies/")
    trouble = page.locator('.trouble[data-origin="forecast"]')
    expect(trouble.get_by_role("heading", level=2)).to_contain_text("Foreseen, overload")
    expect(trouble.locator(".remedy").first).to_contain_text("Ends it")
    expect(page.locator("#remedies-verdict")).to_contain_text("No limit is broken, 1 foreseen")
    picture(page, f"foreseen-{theme}")
    page.goto(f"{live_server.url}/")
    expect(page.locator("#remedies .foreseen")).to_contain_text("% likely")
    picture(page, f"overview-foreseen-{theme}")


def test_a_node_where_nothing_is_connected_shows_no_envelope(
    live: Live, live_server: Any, open_page: Callable[..., Page]
) -> None:
    page = open_page(session("ida", Role.OPERATOR, Theme.DARK), viewport=LARGE)
    network = live.scene.place.network
    at = next(n for n in range(network.n_display_nodes) if n not in set(network.network.injection_node.tolist()))
    with page.expect_response(lambda answer: "/optimization/envelopes/" in answer.url) as told:
        page.goto(f"{live_server.url}/elements/{network.nodes.mrid[at]}/")
    assert told.value.status == 404
    expect(page.locator("#envelope-panel")).to_be_hidden()

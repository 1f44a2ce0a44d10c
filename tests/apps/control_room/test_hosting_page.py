"""The page of hosting in a browser: nothing yet, and a run of a small city."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from apps.accounts.choices import Role, Theme
from apps.accounts.models import User
from apps.renewables.selectors.hosting import hosting_nodes
from apps.renewables.services import hosting
from tests.factories.field import make_room
from tests.factories.grids import MEDIUM_VOLTAGE, cache_dir

pytestmark = pytest.mark.django_db(transaction=True)
OPTIONS = {"deployments": 20, "plant_kw": 300.0, "most_kw": 20_000.0}


def session_of(role: Role) -> str:
    client = Client()
    client.force_login(User.objects.create_user(f"some-{role}", role=role, theme=Theme.DARK))
    return client.cookies["sessionid"].value


def test_before_the_first_run_the_page_says_what_to_do(open_page: Callable[..., Page], live_server: Any) -> None:
    page = open_page(session_of(Role.VIEWER))
    page.goto(f"{live_server.url}/renewables/hosting/")
    expect(page.locator("#hosting-text")).to_contain_text("Nothing has been worked out yet")
    expect(page.locator("#hosting-form")).to_have_count(0)


def test_a_run_is_shown_sorted_and_node_by_node(open_page: Callable[..., Page], live_server: Any) -> None:
    now = timezone.now()
    make_room(MEDIUM_VOLTAGE, cache_dir(), started_at=now).step(now)
    run = hosting.begin_hosting(options=OPTIONS, as_of=now)
    rows = hosting_nodes(hosting.carry_out_hosting(run_id=run.pk, clock=lambda: now))
    page = open_page(session_of(Role.ENGINEER))
    page.goto(f"{live_server.url}/renewables/hosting/")
    expect(page.locator("#nodes tr")).to_have_count(min(len(rows), 300))
    expect(page.locator("#nodes tr").first).to_contain_text(rows[0]["name"])
    expect(page.locator("#risk svg")).to_be_visible()
    expect(page.locator("#hours li")).to_have_count(1)
    page.click("#nodes-head th:nth-child(4) button")
    expect(page.locator("#nodes tr").first).to_contain_text(rows[-1]["sentence"])
    page.click("#nodes tr:first-child button")
    expect(page.locator("#chosen")).to_contain_text(rows[-1]["sentence"])
    expect(page.locator("#chosen svg").first).to_be_visible()
    expect(page.locator("#hosting-form [name=most_kw]")).to_have_value("20000")

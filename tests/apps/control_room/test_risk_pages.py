"""The page of outage risk in a browser: nothing yet, and a run of a small city."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from apps.accounts.choices import Role, Theme
from apps.accounts.models import User
from apps.resilience.selectors.risk import element_rows
from apps.resilience.services.risk import look_ahead_at_risk
from tests.factories import risk

pytestmark = pytest.mark.django_db(transaction=True)


def session_of(role: Role) -> str:
    client = Client()
    client.force_login(User.objects.create_user(f"some-{role}", role=role, theme=Theme.DARK))
    return client.cookies["sessionid"].value


def test_before_the_first_run_the_page_says_so(open_page: Callable[..., Page], live_server: Any) -> None:
    page = open_page(session_of(Role.VIEWER))
    page.goto(f"{live_server.url}/risk/")
    expect(page.locator("#risk-text")).to_contain_text("Nothing has been worked out yet")
    expect(page.locator("#skill-text")).to_contain_text("nothing can be said")
    expect(page.locator("#risk-ask")).to_have_count(0)


def test_a_run_is_shown_by_hour_with_crews_and_what_it_rests_on(
    open_page: Callable[..., Page], live_server: Any
) -> None:
    now = timezone.now()
    city = risk.make_city(now)
    risk.forecast(risk.airport(city), now, [6.0] * 24 + [30.0] * 12 + [6.0] * 44)
    rows = element_rows(look_ahead_at_risk(as_of=now))
    page = open_page(session_of(Role.ENGINEER))
    page.goto(f"{live_server.url}/risk/")
    expect(page.locator("#elements tr")).to_have_count(min(len(rows), 300))
    expect(page.locator("#elements tr").first).to_contain_text(rows[0]["name"])
    expect(page.locator("#storm-charts svg")).to_have_count(2)
    expect(page.locator("#basis")).to_contain_text("not fitted yet")
    expect(page.locator("#districts tr")).not_to_have_count(0)
    page.locator("#hour").fill("30")
    expect(page.locator("#hour-text")).to_contain_text("the hour from")
    page.click("#elements tr:first-child button")
    expect(page.locator("#chosen")).to_contain_text("Chance in 72 h")
    expect(page.locator("#risk-ask")).to_be_visible()
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    assert not wide

"""The study pages in a browser: unmistakably no live display, and everything of a study can be done there."""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from apps.accounts.choices import Role, Theme
from apps.accounts.models import User
from apps.assets.models import EnergyConsumer, Switch
from apps.dispatch.models import Order, Proposal
from apps.optimization.tasks import best_of_study
from apps.studies.models import Study
from apps.studies.services import studies
from apps.telemetry.models import ControlRequest
from tests.factories.field import make_room
from tests.factories.grids import MEDIUM_VOLTAGE, cache_dir

pytestmark = pytest.mark.django_db(transaction=True)


def engineer(theme: Theme = Theme.DARK, role: Role = Role.ENGINEER) -> User:
    return User.objects.create_user(f"erin-{theme}", first_name="Erin", last_name="Weiss", role=role, theme=theme)


def session_of(user: User) -> str:
    client = Client()
    client.force_login(user)
    return client.cookies["sessionid"].value


def room_of_now() -> datetime:
    now = timezone.now()
    make_room(MEDIUM_VOLTAGE, cache_dir(), started_at=now).step(now)
    return now


def begun_by(user: User, now: datetime) -> Study:
    return studies.create_study(name="Winter evening", note="", at=None, by=user, as_of=now)


def shot(page: Page, name: str) -> None:
    """For judging by eye, where somebody asks for pictures."""
    if folder := os.environ.get("GRIDOPS_SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png")


def test_a_study_is_begun_on_its_page(open_page: Callable[..., Page], live_server: Any) -> None:
    now = room_of_now()
    page = open_page(session_of(engineer()))
    page.goto(f"{live_server.url}/studies/")
    expect(page.locator("main")).to_contain_text("0 open studies.")
    page.fill("#instant", now.isoformat())
    expect(page.locator("input[value=past]")).to_be_checked()
    page.fill("#name", "Tie at the harbour")
    page.keyboard.press("Enter")
    page.wait_for_url("**/studies/*/")
    expect(page.locator(".study-banner")).to_contain_text("Tie at the harbour")
    page.goto(f"{live_server.url}/studies/")
    expect(page.locator("tbody tr")).to_contain_text("Tie at the harbour")


def test_an_instant_comes_with_the_address_and_a_wrong_one_is_told(
    open_page: Callable[..., Page], live_server: Any
) -> None:
    room_of_now()
    page = open_page(session_of(engineer()))
    page.goto(f"{live_server.url}/studies/?from=2001-01-01T00:00:00Z")
    expect(page.locator("input[value=past]")).to_be_checked()
    expect(page.locator("#instant")).to_have_value("2001-01-01T00:00:00Z")
    page.fill("#name", "Too long ago")
    page.click("#new-study button")
    expect(page.locator("#refusal")).to_contain_text("No state is stored of that instant")


@pytest.mark.parametrize("theme", [Theme.DARK, Theme.LIGHT])
def test_a_study_is_unmistakable_changed_run_and_compared(
    open_page: Callable[..., Page], live_server: Any, theme: Theme
) -> None:
    user, now = engineer(theme), room_of_now()
    study = begun_by(user, now)
    page = open_page(session_of(user), viewport={"width": 1920, "height": 1080})
    page.goto(f"{live_server.url}/studies/{study.pk}/")

    # The frame says so, in the name of the environment, in the banner, in the border and in the title.
    expect(page.locator(".environment")).to_contain_text("STUDY")
    expect(page.locator(".study-banner")).to_contain_text("nothing here reaches the field")
    assert "repeating-linear-gradient" in page.evaluate("getComputedStyle(document.body).borderImageSource")
    assert page.title().startswith("STUDY Winter evening")
    # The live grid keeps its alarms, named as such; its figures are not shown among those of the study.
    expect(page.locator(".alarm-strip")).to_be_visible()
    assert "live grid" in page.evaluate(
        "getComputedStyle(document.querySelector('.alarm-strip h2'), '::after').content"
    )
    expect(page.locator("#system")).to_be_hidden()

    # The first power flow runs by itself and is drawn.
    expect(page.locator("#map[data-run]")).to_be_attached(timeout=15_000)
    expect(page.locator("[data-figure=load_kw] .foot")).to_contain_text("base")
    base_load = page.locator("[data-figure=load_kw] dd").first.inner_text()

    # Twice the load, by the form.
    page.select_option("#change-kind", "scale")
    page.fill("input[name=percent]", "250")
    page.click("#change-form button")
    expect(page.locator("#changes li")).to_contain_text("Scale loads of the whole network to 250 %")
    expect(page.locator("[data-figure=load_kw] dd").first).not_to_have_text(base_load)

    page.select_option("#change-kind", "plant")
    load = EnergyConsumer.objects.order_by("index").first()
    assert load
    page.fill("#change-element", load.name)
    page.fill("#change-form input[name=p_kw]", "900")
    page.click("#change-form button")
    expect(page.locator("#changes li")).to_have_count(2)

    page.click("[data-run='n-1']")
    expect(page.locator("#tab-n-1[aria-selected=true]")).to_be_attached()
    expect(page.locator("#result tbody tr").first).to_contain_text("trips")
    page.fill("#hosting-element", load.name)
    page.click("#hosting-form button")
    expect(page.locator("#result-facts")).to_contain_text("can feed in")
    page.fill("#fault-element", load.name)
    page.click("#fault-form button")
    expect(page.locator("#result")).to_contain_text("three-phase, maximum")
    page.click("#tab-power-flow")
    shot(page, f"study-{theme}")
    page.click("#tab-comparison")
    expect(page.locator("#result")).to_contain_text("Voltages that moved most")
    shot(page, f"study-comparison-{theme}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    # No alarm colour outside the strip.
    expect(page.locator("main [class*='alarm-']")).to_have_count(0)

    page.get_by_role("button", name="Undo: Scale loads").click()
    expect(page.locator("#changes li")).to_have_count(1)
    expect(page.locator("[data-figure=load_kw] dd").first).to_have_text(base_load)


def test_a_wrong_change_is_told_beside_its_form(open_page: Callable[..., Page], live_server: Any) -> None:
    user = engineer()
    study = begun_by(user, room_of_now())
    page = open_page(session_of(user))
    page.goto(f"{live_server.url}/studies/{study.pk}/")
    page.fill("#change-element", "No such switch")
    page.click("#change-form button")
    expect(page.locator("#change-refusal")).to_contain_text("Nothing that fits is called")
    shot(page, "narrow")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_switch_is_moved_with_the_keyboard_alone(open_page: Callable[..., Page], live_server: Any) -> None:
    user = engineer()
    study = begun_by(user, room_of_now())
    switch = Switch.objects.filter(normal_closed=False).order_by("index").first()
    assert switch
    page = open_page(session_of(user))
    page.goto(f"{live_server.url}/studies/{study.pk}/")
    page.focus("#change-element")
    page.keyboard.type(switch.name)
    page.keyboard.press("Enter")
    expect(page.locator("#changes li")).to_contain_text(f"Close {switch.name}")
    page.focus("#tab-power-flow")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#tab-comparison")).to_be_focused()
    expect(page.locator("#result")).to_contain_text("Limits newly broken")


def test_a_result_that_comes_late_leaves_the_tab_that_was_chosen_meanwhile(
    open_page: Callable[..., Page], live_server: Any
) -> None:
    user = engineer()
    study = begun_by(user, room_of_now())
    page = open_page(session_of(user))
    page.goto(f"{live_server.url}/studies/{study.pk}/")
    expect(page.locator("#result-facts")).not_to_be_empty()
    held: list[Route] = []
    page.route("**/runs", lambda route: held.append(route))  # noqa: PLW0108  a builtin cannot be marked
    with page.expect_request("**/runs"):
        page.click("[data-run='n-1']")
    page.click("#tab-comparison")
    with page.expect_response("**/runs"):
        held[0].continue_()
    expect(page.locator("#runs li").first).to_contain_text("N-1")
    expect(page.locator("#tab-comparison[aria-selected=true]")).to_be_attached()
    expect(page.locator("#result")).to_contain_text("Limits newly broken")


def test_copy_and_archive(open_page: Callable[..., Page], live_server: Any) -> None:
    user = engineer()
    study = begun_by(user, room_of_now() + timedelta(0))
    page = open_page(session_of(user))
    page.goto(f"{live_server.url}/studies/{study.pk}/")
    page.click("#copy")
    page.fill("#ask-text", "Summer")
    page.click("#ask-yes")
    expect(page.locator(".study-banner h1")).to_have_text("Summer")
    page.click("#archive")
    expect(page.locator("#archive")).to_have_text("Open again")
    expect(page.locator("#change-form")).to_have_count(0)


def test_a_viewer_sees_no_studies(client: Client) -> None:
    user = engineer(role=Role.VIEWER)
    client.force_login(user)
    assert client.get("/studies/").status_code == 403
    assert "/studies/" not in client.get("/").content.decode()


@pytest.mark.parametrize("theme", [Theme.DARK, Theme.LIGHT])
def test_the_best_moves_are_found_shown_and_applied_to_the_study_alone(
    open_page: Callable[..., Page], live_server: Any, theme: Theme, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a worker would do them, once they are asked for."""
    waiting: list[int] = []
    monkeypatch.setattr(best_of_study, "delay", waiting.append)
    user = engineer(theme)
    study = begun_by(user, room_of_now())
    page = open_page(session_of(user), viewport={"width": 1920, "height": 1080})
    page.goto(f"{live_server.url}/studies/{study.pk}/")
    expect(page.locator("[data-figure=losses_kw] .foot")).to_contain_text("base")
    page.select_option("#optimum-aim", "losses")
    page.fill("#optimum-most", "4")
    page.click("#optimum-form button")
    expect(page.locator("#tab-optimum[aria-selected=true]")).to_be_attached()
    expect(page.locator("#result")).to_contain_text("It waits for a worker. 0 % done.")
    best_of_study(waiting[0])
    expect(page.locator("#result-facts")).to_contain_text("Least losses:")
    expect(page.locator("#result tbody tr").first).to_contain_text("As the study stands")
    shot(page, f"study-best-{theme}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    moves = page.locator("#result tbody tr").count() - 2
    page.click("#optimum-apply")
    expect(page.locator("#result-facts")).to_contain_text("Applied by erin")
    expect(page.locator("#changes li")).to_have_count(moves)
    expect(page.locator("#optimum-apply")).to_have_count(0)
    page.get_by_role("button", name="Undo:").first.click()
    expect(page.locator("#changes li")).to_have_count(moves - 1)
    assert (Proposal.objects.count(), Order.objects.count(), ControlRequest.objects.count()) == (0, 0, 0)

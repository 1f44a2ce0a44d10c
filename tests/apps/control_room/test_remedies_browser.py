"""A violation, its remedies, a decision and its receipt, in a browser."""

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
from apps.dispatch.choices.proposal import ProposalStatus
from apps.dispatch.models import Proposal
from apps.dispatch.services import execution, receipts
from apps.dispatch.services.scenes import Live
from apps.optimization.choices import RunTrigger
from apps.optimization.services import runs
from tests.factories.grids import grid
from tests.factories.networks import imported
from tests.factories.rings import ring_file
from tests.factories.scenes import base_of, live_of, switched

pytestmark = pytest.mark.django_db(transaction=True)
PICTURES = os.environ.get("GRIDOPS_PICTURES", "")
LARGE = {"width": 1920, "height": 1080}


@pytest.fixture(scope="module", autouse=True)
def _case_is_read() -> None:
    grid(str(ring_file()))


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch) -> Live:
    """An overload that the desks have just looked at."""
    model = imported(ring_file())
    live = live_of(model, base_of(model, heavy="A", factor=1.6), timezone.now())
    monkeypatch.setattr(runs, "live_scene", lambda *, as_of: live)
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


def test_from_the_violation_to_the_approval_and_the_receipt(
    live: Live, live_server: Any, open_page: Callable[..., Page]
) -> None:
    page = open_page(session("anna", Role.SUPERVISOR), viewport=LARGE)
    page.goto(f"{live_server.url}/remedies/")
    trouble = page.locator(".trouble").first
    expect(trouble.get_by_role("heading", level=2)).to_contain_text("Overload: Station F01")
    cards = trouble.locator(".remedy")
    expect(cards.first).to_contain_text("Ends it")
    best = Proposal.objects.get(pk=int(cards.first.get_attribute("data-id") or 0))
    cards.first.locator("summary").click()
    expect(cards.first.locator(".why table")).to_contain_text("Ends the trouble")
    picture(page, "remedies")

    worst = cards.last
    refused = Proposal.objects.get(pk=int(worst.get_attribute("data-id") or 0))
    worst.get_by_role("button", name="Reject…").click()
    page.fill("#ask-text", "The battery is needed tonight.")
    page.click("#ask-yes")
    expect(page.locator(f'.remedy[data-id="{refused.pk}"]')).to_have_count(0)

    cards.first.get_by_role("button", name="Approve…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(best.steps[0]["words"])
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    dialog.get_by_role("button", name="Approve").click()
    expect(page.locator(f'.remedy[data-id="{best.pk}"]')).to_contain_text("Approved, to be executed")
    expect(page.locator(f'.remedy[data-id="{best.pk}"] button')).to_have_text(["Carry out…", "Withdraw…"])

    after = switched(live, best)
    execution.observe(after)
    receipts.settle_receipts(live_of(after.model, after.scene.base, live.as_of + timedelta(minutes=20)))
    page.goto(f"{live_server.url}/proposals/{best.pk}/")
    expect(page.locator("#receipt")).to_contain_text("inside the stated band")
    expect(page.locator("#profile circle").first).to_be_visible()
    expect(page.locator("#loading-profile circle").first).to_be_visible()
    expect(page.locator("#map")).to_have_attribute("data-moment", "after")
    expect(page.locator("#moved li")).to_have_count(len(best.steps))
    picture(page, "proposal")
    page.keyboard.press("v")
    expect(page.locator("#map")).to_have_attribute("data-moment", "before")
    expect(page.get_by_role("button", name="Before", exact=True)).to_have_attribute("aria-pressed", "true")
    picture(page, "proposal-before")
    page.goto(f"{live_server.url}/receipts/")
    expect(page.locator("#receipts tr")).not_to_have_count(0)
    expect(page.locator("#chart .plot-container")).to_be_visible()
    picture(page, "receipts")
    best.refresh_from_db()
    assert best.status == ProposalStatus.DONE


def test_who_may_only_look_sees_no_button(live: Live, live_server: Any, open_page: Callable[..., Page]) -> None:
    page = open_page(session("vic", Role.VIEWER, Theme.LIGHT), viewport=LARGE)
    page.goto(f"{live_server.url}/remedies/")
    expect(page.locator(".remedy").first).to_be_visible()
    expect(page.locator(".remedy button")).to_have_count(0)
    expect(page.locator("#run-now")).to_have_count(0)
    picture(page, "remedies-light")
    page.goto(f"{live_server.url}/")
    expect(page.locator("#remedies")).to_contain_text("Overload, Station F01")
    picture(page, "overview-remedies")


def test_what_could_be_better_stands_on_the_overview_though_no_limit_is_broken(
    monkeypatch: pytest.MonkeyPatch, live_server: Any, open_page: Callable[..., Page]
) -> None:
    model = imported(ring_file())
    calm = live_of(model, base_of(model, heavy="A", factor=0.0), timezone.now())
    monkeypatch.setattr(runs, "live_scene", lambda *, as_of: calm)
    run = runs.begin_run(trigger=RunTrigger.PERIODIC, as_of=calm.as_of)
    runs.carry_out(run_id=run.pk, clock=lambda: calm.as_of)
    page = open_page(session("bea", Role.OPERATOR), viewport=LARGE)
    page.goto(f"{live_server.url}/")
    expect(page.locator("#remedies")).to_contain_text("0 limits broken")
    expect(page.locator("#remedies")).to_contain_text("Could be better")
    expect(page.locator("#remedies a[href^='/proposals/']")).to_contain_text("→")
    picture(page, "overview-better")

"""The page of benefits in a browser: nothing yet, a judged study, a figure traced to its runs, a study started."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from apps.accounts.choices import Role, Theme
from apps.accounts.models import User
from apps.impact import tasks
from apps.impact.choices.study import Arm
from apps.impact.models import ArmRun, Study
from tests.apps.impact.report_studies import judged_study

pytestmark = pytest.mark.django_db(transaction=True)
WIDE = {"width": 1920, "height": 1080}


def session_of(role: Role) -> str:
    client = Client()
    client.force_login(User.objects.create_user(f"some-{role}", role=role, theme=Theme.DARK))
    return client.cookies["sessionid"].value


def _fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_without_a_study_nothing_is_said_of_benefits(open_page: Callable[..., Page], live_server: Any) -> None:
    page = open_page(session_of(Role.VIEWER))
    page.goto(f"{live_server.url}/benefits/")
    expect(page.locator("#words")).to_have_text("Nothing has been measured yet.")
    expect(page.locator("#none")).to_be_visible()
    expect(page.locator("#meter")).to_contain_text("Nothing has been measured in the last seven days.")
    expect(page.locator("#ask")).to_have_count(0)


def test_each_claim_stands_beside_what_was_measured_and_every_figure_leads_to_its_runs(
    open_page: Callable[..., Page], live_server: Any
) -> None:
    study = judged_study(shuffled=True)
    page = open_page(session_of(Role.VIEWER))
    page.goto(f"{live_server.url}/benefits/")
    expect(page.locator(".claim")).to_have_count(6)
    expect(page.locator(".no-claim")).to_have_count(0)
    outages = page.locator('[data-claim="outages"]')
    told = next(claim for claim in study.judgement["claims"] if claim["key"] == "outages")
    expect(outages).to_contain_text("Sold with 40.0 % to 60.0 %")
    expect(outages).to_contain_text(told["sentence"])
    expect(outages.locator(".strip-seed")).to_have_count(8)
    expect(outages).to_contain_text("SAIFI")
    expect(page.locator("#words")).to_contain_text("Valid: every check holds.")
    assert _fits(page)
    usual = study.judgement["claims"][0]["main"]["base"]
    expect(page.locator("#means tr", has_text="Minutes without supply")).to_contain_text(f"{usual:.1f}")
    table = page.locator(".means table")
    assert table.evaluate("table => table.scrollWidth <= table.parentElement.clientWidth")
    outages.locator(".figure").first.click()
    expect(page.locator("#behind-title")).to_contain_text("saidi_all_min")
    run = ArmRun.objects.get(arm=Arm.GRIDOPS, tape__seed=1)
    page.locator(f'#behind a[href="/benefits/runs/{run.pk}/"]').click()
    expect(page.locator("#words")).to_contain_text("A2, seed 1")
    expect(page.locator("#figures")).to_contain_text("saidi_all_min")
    expect(page.locator("#facts")).to_contain_text(run.tape.tape_hash)
    expect(page.locator("#commands")).to_contain_text("--arm A2")
    assert _fits(page)


def test_a_study_whose_check_failed_claims_nothing_and_says_why_and_still_shows_its_runs(
    open_page: Callable[..., Page], live_server: Any
) -> None:
    judged_study(2)  # nobody shuffled the future
    page = open_page(session_of(Role.VIEWER))
    page.goto(f"{live_server.url}/benefits/")
    expect(page.locator("#words")).to_contain_text("Not valid")
    expect(page.locator("#checks")).to_contain_text("fails: No future was shuffled")
    expect(page.locator(".no-claim")).to_have_count(6)
    outages = page.locator('[data-claim="outages"]')
    expect(outages.locator(".strip-seed").first).not_to_be_visible()
    outages.get_by_text("What was recorded all the same").click()
    expect(outages.locator(".strip-seed").first).to_be_visible()
    expect(outages).not_to_contain_text("gets better by")


def test_a_study_is_started_followed_and_called_off(
    open_page: Callable[..., Page], live_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[int] = []
    monkeypatch.setattr(tasks.play_arm, "delay", sent.append)
    page = open_page(session_of(Role.ENGINEER), viewport=WIDE)
    page.goto(f"{live_server.url}/benefits/")
    page.fill("[name=seeds]", "2")
    page.fill("[name=days]", "1")
    page.click("#ask button")
    expect(page.locator("#words")).to_contain_text("Waiting: 0 %")
    study = Study.objects.get()
    assert len(sent) == ArmRun.objects.filter(tape__study=study).count() == 12
    expect(page.locator("#runs tr")).to_have_count(12)
    page.click("#ask button")
    expect(page.locator("#refusal")).to_contain_text("is being measured")
    page.click("#call-off")
    expect(page.locator("#words")).to_contain_text("Called off")
    assert _fits(page)

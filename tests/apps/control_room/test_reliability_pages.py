"""The pages Reliability and Hardening in a browser."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from apps.accounts.choices import Role, Theme
from apps.accounts.models import User
from apps.assets.models import Feeder
from apps.resilience.services import studio
from apps.state.choices import OutageCause, OutageSource
from apps.state.models import Outage, OutageStep
from tests.factories.networks import imported

pytestmark = pytest.mark.django_db(transaction=True)
SMALL = "matpower:case33bw"
LINE = "outage,began_at,restored_at,customers\nA,2026-01-05T10:00:00Z,2026-01-05T11:00:00Z,{customers}\n"


def session_of(role: Role) -> str:
    client = Client()
    client.force_login(User.objects.create_user(f"some-{role}", role=role, theme=Theme.DARK))
    return client.cookies["sessionid"].value


def _wide(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_the_figures_of_the_period_stand_by_feeder_and_month(open_page: Callable[..., Page], live_server: Any) -> None:
    imported(SMALL)
    feeder = Feeder.objects.first()
    at = timezone.now() - timedelta(days=20)
    outage = Outage.objects.create(
        mrid=uuid4(), source=OutageSource.INCIDENT, feeder_mrid=feeder.mrid, feeder_name=feeder.name,
        cause=OutageCause.EQUIPMENT, began_at=at,
    )  # fmt: skip
    OutageStep.objects.create(outage=outage, began_at=at, restored_at=at + timedelta(hours=1), customers=90, lost_kw=80)
    page = open_page(session_of(Role.VIEWER))
    page.goto(f"{live_server.url}/reliability/")
    expect(page.locator("#words")).to_contain_text("1 outages are recorded")
    expect(page.locator("#tiles")).to_contain_text("SAIDI")
    expect(page.locator("#feeders tr").first).to_contain_text(feeder.name)
    expect(page.locator("#months .main-svg").first).to_be_visible()
    expect(page.locator("#import-file")).to_have_count(0)
    assert _wide(page)


def test_records_are_imported_after_their_preview(open_page: Callable[..., Page], live_server: Any) -> None:
    imported(SMALL)
    page = open_page(session_of(Role.ENGINEER), viewport={"width": 1920, "height": 1080})
    page.goto(f"{live_server.url}/reliability/")
    bad, good = (LINE.format(customers=one).encode() for one in ("many", "40"))
    page.set_input_files("#import-file", {"name": "records.csv", "mimeType": "text/csv", "buffer": bad})
    expect(page.locator("#import-faults")).to_contain_text("Line 2, customers")
    page.set_input_files("#import-file", {"name": "records.csv", "mimeType": "text/csv", "buffer": good})
    expect(page.locator("#import-state")).to_contain_text("1 outages in 1 steps")
    page.click("#import-confirm")
    expect(page.locator("#import-state")).to_contain_text("1 outages are stored")
    assert Outage.objects.get().source == OutageSource.FILE
    assert _wide(page)


def test_the_front_and_the_measures_of_a_point(open_page: Callable[..., Page], live_server: Any) -> None:
    imported(SMALL)
    by = User.objects.create_user("berta", role=Role.ENGINEER)
    options = {"budget": 40_000.0, "steps": 2, "kinds": ["trees", "generator"], "most_of_a_kind": 3, "draws": 2}
    run = studio.begin_studio_run(options=options, as_of=timezone.now(), by=by)
    run = studio.carry_out_studio_run(run_id=run.pk, clock=timezone.now)
    page = open_page(session_of(Role.ENGINEER))
    page.goto(f"{live_server.url}/resilience/hardening/")
    expect(page.locator("#words")).to_have_text(run.text)
    expect(page.locator("#front .main-svg").first).to_be_visible()
    expect(page.locator("#measures tr")).to_have_count(len(run.result["front"][-1]["measures"]))
    page.select_option("#point", "0")
    expect(page.locator("#measures-count")).to_have_text("nothing is bought here")
    expect(page.locator("#ask [name=budget]")).to_have_value("40000")
    assert _wide(page)

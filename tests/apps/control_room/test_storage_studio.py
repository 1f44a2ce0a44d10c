"""The studio of storage in a browser: a plant with a past, tests by form and file, a case from form to charts."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.storage import tasks
from apps.storage.models import CapacityTest, EconomicCase, LifespanRun, StoragePlant
from apps.storage.services.cases import work_out_waiting
from apps.storage.services.lifespans import work_out
from tests.apps.control_room.desk import session_of
from tests.factories.storage import NOON, cycled, make_plant, priced_zone

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def plant() -> StoragePlant:
    plant = make_plant(zone=priced_zone(), in_service_on=(NOON - timedelta(days=900)).date())
    cycled(plant, NOON, days=10)
    work_out(plant=plant, as_of=NOON)
    return plant


@pytest.fixture(autouse=True)
def handed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, float]]:
    """What workers are asked for; they do nothing by themselves."""
    found: list[tuple[int, float]] = []
    monkeypatch.setattr(tasks.work_out_lifespan, "delay", lambda *told: found.append(told))
    monkeypatch.setattr(tasks.work_out_cases, "delay", lambda: None)
    return found


@pytest.fixture
def erik() -> User:
    return User.objects.create_user("erik", role=Role.ENGINEER)


def opened(user: User, open_page: Callable[..., Page], site: str, query: str = "") -> Page:
    page = open_page(session_of(user))
    page.goto(f"{site}/storage/studio/{query}")
    return page


def test_a_life_is_shown_with_its_band_causes_and_policies(
    plant: StoragePlant, olga: User, open_page: Callable[..., Page], site: str
) -> None:
    page = opened(olga, open_page, site)
    expect(page.locator("#plant option")).to_have_count(1)
    expect(page.locator("#fan-chart .main-svg").first).to_be_visible()
    expect(page.locator("#causes-chart .bars .point")).to_have_count(6)
    expect(page.locator("#policies tr")).to_have_count(6)
    expect(page.locator("#life-tiles")).to_contain_text("8 of 10 such lives")
    expect(page.locator("#basis")).to_contain_text("In service since")
    expect(page.locator("#tests-empty")).to_be_visible()
    expect(page.locator("#cost")).to_contain_text("Not entered yet")
    expect(page.locator("#test-form")).to_have_count(0)  # operators read
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    page.locator("#tab-life").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#cases-empty")).to_be_visible()
    expect(page.locator("#earned-empty")).to_contain_text("is settled")
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_without_a_plant_or_a_life_the_page_says_why(olga: User, open_page: Callable[..., Page], site: str) -> None:
    page = opened(olga, open_page, site)
    expect(page.locator("#plants-empty")).to_be_visible()
    make_plant()
    page.reload()
    expect(page.locator("#life-empty")).to_contain_text("No lifespan of Mill battery has been worked out")
    expect(page.locator(".policies")).to_be_hidden()


def test_tests_and_costs_are_entered_and_bad_ones_told(
    plant: StoragePlant, erik: User, open_page: Callable[..., Page], site: str
) -> None:
    page = opened(erik, open_page, site, f"?plant={plant.mrid}")
    for name, value in {"at": "2099-03-01 09:00", "energy": "962", "sigma": "8", "source": "Report 7"}.items():
        page.locator(f"#test-{name}").fill(value)
    page.locator("#test-form button").click()
    expect(page.locator("#test-refusal")).to_contain_text("tested_at: it lies in the future")
    page.locator("#test-at").fill("2026-03-01 09:00")
    page.locator("#test-form button").click()
    expect(page.locator("#tests tr")).to_have_count(1)
    expect(page.locator("#tests")).to_contain_text("96.2")
    expect(page.locator("#tests-note")).to_contain_text("work it out again")
    wrong = {"name": "tests.csv", "mimeType": "text/csv", "buffer": b"tested_at,energy_kwh,sigma_kwh,source\nx,1,1,R\n"}
    page.locator("#test-file").set_input_files(files=[wrong])
    expect(page.locator("#test-refusal")).to_contain_text("row 2: tested_at: 'x' is no time")
    for name, value in {"per-kwh": "210", "currency": "eur", "rate": "0.07", "source": "Offer 12"}.items():
        page.locator(f"#cost-{name}").fill(value)
    page.locator("#cost-form button").click()
    expect(page.locator("#cost")).to_contain_text("210.00 EUR/kWh")
    assert CapacityTest.objects.get().source == "Report 7"
    work_out(plant=StoragePlant.objects.select_related("battery_cost").get(), as_of=NOON + timedelta(hours=1))
    page.reload()
    expect(page.locator("#fan-chart .scatterlayer .point")).to_have_count(1)
    expect(page.locator("#life-tiles")).to_contain_text("Wear by this life")


def test_a_lifespan_is_asked_for_and_shown_when_it_is_there(
    plant: StoragePlant, olga: User, open_page: Callable[..., Page], site: str, handed: list[tuple[int, float]]
) -> None:
    page = opened(olga, open_page, site)
    expect(page.locator("#studio-state")).to_contain_text("1 run kept")
    page.locator("#work-out").click()
    expect(page.locator("#studio-state")).to_contain_text("a worker works it out")
    tasks.work_out_lifespan(*handed[0])
    expect(page.locator("#studio-state")).to_contain_text("2 runs kept")
    assert LifespanRun.objects.count() == 2


def test_a_case_goes_from_the_prefilled_form_to_charts_and_a_file(
    plant: StoragePlant, erik: User, open_page: Callable[..., Page], site: str, tmp_path: Path
) -> None:
    page = opened(erik, open_page, site)
    page.locator("#tab-money").click()
    page.locator("#new-case").click()
    expect(page.locator("[data-name=energy_kwh]")).to_have_value("1000")
    assert "years to 80%" in page.locator("[data-source=fade_per_year]").input_value()
    page.locator("[data-name=capex]").fill("250000")
    page.locator("[data-name=years]").fill("15")
    page.locator("[data-name=discount_rate]").fill("7")
    page.locator("#case-source").fill("Offer 12")
    page.locator("#case-added input").first.fill("9")
    page.locator("#case-added input").nth(1).fill("40000")
    page.locator("#case-added input").nth(2).fill("150")
    expect(page.locator("#case-added tr")).to_have_count(2)
    page.locator("#case-scenarios input").first.fill("dear night")
    page.locator("#case-scenarios select").first.select_option("charge_price_per_mwh")
    page.locator("#case-scenarios input").nth(1).fill("60")
    page.locator("#case-form [type=submit]").click()
    expect(page.locator("#case-refusal")).to_contain_text("discount_rate is 7; it must be a number from -0.5 to 1")
    page.locator("[data-name=discount_rate]").fill("0.07")
    page.locator("#case-form [type=submit]").click()
    expect(page.locator("#case-dialog")).to_be_hidden()
    expect(page.locator("#case-notes")).to_contain_text("Waiting for a worker")
    assert work_out_waiting(as_of=timezone.now()) == 1
    expect(page.locator("#flows-chart .bars .point")).to_have_count(16)
    expect(page.locator("#tornado-chart .main-svg").first).to_be_visible()
    expect(page.locator("#scenarios tr")).to_have_count(2)
    expect(page.locator("#case-tiles")).to_contain_text("Worth today")
    expect(page.locator("#figures")).to_contain_text("Offer 12")
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    case = EconomicCase.objects.get()
    assert (case.plant, case.project["yearly"]) == (
        plant,
        [{"year": 9, "augmentation_cost": 40000.0, "augmentation_kwh": 150.0}],
    )
    with page.expect_download() as download:
        page.locator("#case-files a").last.click()
    file = tmp_path / "case.json"
    download.value.save_as(file)
    assert json.loads(file.read_text()) == case.project


def test_a_past_page_shows_what_was_worked_out_by_then_and_has_no_forms(
    plant: StoragePlant, erik: User, open_page: Callable[..., Page], site: str
) -> None:
    cycled(make_plant(name="Pond battery"), NOON, days=2)
    before = (NOON - timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    page = opened(erik, open_page, site, f"?at={before}&plant={plant.mrid}")
    expect(page.locator("html")).to_have_attribute("data-past", "yes")
    expect(page.locator("#life-empty")).to_contain_text("No lifespan of Mill battery")
    expect(page.locator(".studio form")).to_have_count(0)

from datetime import timedelta

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.assets.models import NetworkModel
from apps.state.choices import Outcome
from apps.state.models import Solution

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(client: Client) -> Client:
    client.force_login(User.objects.create_user("m", password="a long enough password", role=Role.PROGRAM_MANAGER))
    return client


def scans(count: int, **system: float) -> None:
    model = NetworkModel.objects.create(source="s", name="n", schematic=False, imported_at=timezone.now())
    figures = {
        "load_kw": 6000.0,
        "generation_kw": 1500.0,
        "storage_kw": 0.0,
        "import_kw": 4620.0,
        "losses_kw": 120.0,
        "min_voltage_pu": 0.98,
        "max_voltage_pu": 1.02,
        "overloads": 0,
        "voltage_violations": 0,
        "customers_without_supply": 0,
        "customers": 1000,
        "points": 10,
        "points_good": 9,
        **system,
    }
    start = timezone.now() - timedelta(minutes=count)
    Solution.objects.bulk_create(
        Solution(
            as_of=start + timedelta(minutes=n),
            network_model=model,
            outcome=Outcome.SOLVED,
            duration_ms=1,
            engine_version="t",
            system=figures,
        )
        for n in range(count)
    )


def tiles(client: Client, query: str = "") -> dict[str, str]:
    return {tile.name: tile.value for tile in client.get(f"/performance/{query}").context["tiles"]}


def test_the_figures_are_those_of_the_stored_scans(manager: Client) -> None:
    scans(31)

    shown = tiles(manager)

    assert shown["Energy to customers"] == "3.0"
    assert shown["Losses"] == "1.96"
    assert shown["Local generation"] == "25.0"
    assert shown["Within limits"] == "100.00"
    assert shown["Good measurements"] == "90.00"


def test_customer_minutes_are_counted_as_the_standard_does(manager: Client) -> None:
    scans(31, customers_without_supply=100)

    assert tiles(manager)["SAIDI"] == "3.000"


def test_without_scans_the_page_says_so_and_shows_no_figure(manager: Client) -> None:
    answer = manager.get("/performance/?period=24h")

    assert answer.status_code == 200
    assert b"No scan of the last 24 hours is stored" in answer.content


def test_an_unknown_period_is_the_hour(manager: Client) -> None:
    scans(3)
    assert manager.get("/performance/?period=for-ever").context["label"] == "1 hour"


def test_the_chart_library_is_served_from_here() -> None:
    assert finders.find("vendor/plotly/plotly.min.js")

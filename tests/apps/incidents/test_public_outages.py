import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from apps.assets.models import Feeder, NetworkModel
from apps.incidents.choices.incident import IncidentKind, IncidentStatus
from apps.incidents.selectors.public import A_FEW, public_outages, rounded_customers
from tests.apps.incidents.cap_structure import CAP, faults_of
from tests.factories.grids import MEDIUM_VOLTAGE
from tests.factories.incident_rows import any_feeder, estimated, incident_on, restored, with_candidates
from tests.factories.networks import imported

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"
ADDRESSES = ["/outages/", "/outages.json", "/outages/cap.atom"]


@pytest.fixture(autouse=True)
def _nothing_is_kept() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def model() -> NetworkModel:
    return imported(MEDIUM_VOLTAGE)


@pytest.fixture
def feeder(model: NetworkModel) -> Feeder:
    return any_feeder(model)


def ago(minutes: float) -> datetime:
    return timezone.now() - timedelta(minutes=minutes)


def text_of(address: str) -> str:
    cache.clear()
    response = Client().get(address)
    assert response.status_code == 200
    return response.content.decode()


def listed() -> list[dict[str, Any]]:
    outages: list[dict[str, Any]] = json.loads(text_of("/outages.json"))["outages"]
    return outages


def alert_of(outage: str) -> ElementTree.Element:
    cache.clear()
    response = Client().get(f"/outages/cap/{outage}.xml")
    assert response.status_code == 200
    assert response["Content-Type"].startswith("application/cap+xml")
    return ElementTree.fromstring(response.content)  # noqa: S314  our own answer


def value(element: ElementTree.Element, name: str) -> str:
    return str(element.findtext(f".//{{{CAP}}}{name}"))


@pytest.mark.parametrize("address", ADDRESSES)
def test_everybody_may_read_and_nobody_gets_a_cookie(address: str) -> None:
    response = Client().get(address)
    assert response.status_code == 200
    assert response.cookies == {}
    assert "max-age=30" in response["Cache-Control"]
    assert "Cookie" not in response.get("Vary", "")


@pytest.mark.parametrize("address", [*ADDRESSES, "/outages/cap/00000000-0000-4000-8000-000000000000.xml"])
def test_a_site_that_publishes_nothing_has_no_such_address(address: str, settings: Any) -> None:
    settings.PUBLIC_OUTAGES = False
    assert Client().get(address).status_code == 404


def test_without_an_outage_the_page_says_so() -> None:
    assert "No outage is known." in text_of("/outages/")
    assert listed() == []


def test_an_outage_is_told_without_a_name_of_equipment(feeder: Feeder) -> None:
    incident = with_candidates(incident_on(feeder, began_at=ago(20)))
    estimated(incident, ago(15))
    [told] = listed()
    shown = [text_of(address) for address in ADDRESSES] + [
        ElementTree.tostring(alert_of(told["id"]), encoding="unicode")
    ]
    secret = [
        incident.number,
        feeder.name,
        str(feeder.mrid),
        *(line["name"] for line in incident.sections.all()[0].lines),
    ]
    assert not [name for name in secret for text in shown if name in text]
    assert told["customers_about"] == rounded_customers(incident.customers)
    assert told["area"].endswith("of the city")
    assert told["radius_km"] >= 0.5
    assert "about " + str(told["customers_about"]) in shown[0].lower()


@pytest.mark.parametrize(
    ("count", "shown"), [(1, None), (A_FEW, None), (16, 20), (94, 90), (97, 100), (376, 400), (1234, 1200)]
)
def test_customers_are_rounded_and_a_few_are_not_counted(count: int, shown: int | None) -> None:
    assert rounded_customers(count) == shown


def test_a_handful_of_customers_is_a_few_in_every_form(feeder: Feeder) -> None:
    incident = incident_on(feeder, began_at=ago(9), customers=3, customers_without=3)
    [told] = listed()
    assert (told["customers_about"], told["customers"]) == (None, "A few customers have no supply")
    assert value(alert_of(str(incident.outage_mrid)), "severity") == "Minor"


def test_the_time_is_a_band_of_quarter_hours_around_the_estimate(feeder: Feeder) -> None:
    incident = incident_on(feeder, began_at=ago(20))
    made = estimated(incident, ago(15))
    [outage] = public_outages(as_of=timezone.now())
    assert outage.earliest_at is not None
    assert outage.latest_at is not None
    assert outage.earliest_at <= made.earliest_at < made.latest_at <= outage.latest_at
    assert {at.minute % 15 for at in (outage.earliest_at, outage.latest_at)} == {0}
    assert outage.latest_at - made.latest_at < timedelta(minutes=15)


def test_without_an_estimate_or_after_its_end_no_time_is_told(feeder: Feeder) -> None:
    incident = incident_on(feeder, began_at=ago(300))
    assert listed()[0]["estimate"] == "It is not known yet when supply will be back."
    estimated(incident, ago(290))
    assert listed()[0]["estimate"] == "It takes longer than expected; a new time is being worked out."
    assert listed()[0]["latest_at"] is None


def test_of_a_partly_restored_outage_those_still_without_supply_are_counted(feeder: Feeder) -> None:
    incident = restored(incident_on(feeder, began_at=ago(40)), 0.6, ago(30))
    [told] = listed()
    assert told["customers_about"] == rounded_customers(incident.customers_without)
    assert told["state"] == "Some customers have supply again; the others wait for the repair."


def test_an_ended_outage_stays_a_while_and_then_goes(feeder: Feeder) -> None:
    incident = restored(incident_on(feeder, began_at=ago(60)), 1.0, ago(30))
    assert "Supply is back" in text_of("/outages/")
    later = timezone.now() + timedelta(hours=3)
    assert public_outages(as_of=later) == []
    assert incident.status == IncidentStatus.RESTORED


def test_momentary_and_cancelled_ones_are_not_published(feeder: Feeder) -> None:
    restored(incident_on(feeder, began_at=ago(4)), 1.0, ago(3))
    cancelled = incident_on(feeder, began_at=ago(40), number="INC-2", status=IncidentStatus.CANCELLED)
    assert cancelled.kind == IncidentKind.UNDECIDED
    assert listed() == []


def test_computed_coordinates_are_not_published(feeder: Feeder, model: NetworkModel) -> None:
    NetworkModel.objects.filter(pk=model.pk).update(schematic=True)
    incident = incident_on(feeder, began_at=ago(20))
    [told] = listed()
    assert (told["area"], told["latitude"], told["radius_km"]) == ("Part of the area supplied", None, None)
    assert alert_of(str(incident.outage_mrid)).find(f".//{{{CAP}}}circle") is None


def test_messages_keep_the_structure_of_the_standard(feeder: Feeder, settings: Any) -> None:
    incident = incident_on(feeder, began_at=ago(60))
    outage = str(incident.outage_mrid)
    first = alert_of(outage)
    assert faults_of(first) == []
    assert (value(first, "msgType"), value(first, "status")) == ("Alert", "Exercise")
    assert first.find(f"{{{CAP}}}references") is None

    restored(incident, 0.5, ago(40))
    update = alert_of(outage)
    assert faults_of(update) == []
    assert value(update, "msgType") == "Update"
    assert value(update, "references").split() == [
        ",".join(value(first, name) for name in ("sender", "identifier", "sent"))
    ]

    restored(incident, 1.0, ago(10))
    settings.ENVIRONMENT_NAME = "PROD"
    over = alert_of(outage)
    assert faults_of(over) == []
    assert [value(over, name) for name in ("status", "urgency", "responseType")] == ["Actual", "Past", "AllClear"]
    assert len(value(over, "references").split()) == 2


def test_the_feed_leads_to_each_message(feeder: Feeder, model: NetworkModel) -> None:
    for number in (1, 2):
        incident_on(any_feeder(model, number), began_at=ago(20 * number), number=f"INC-{number}")
    cache.clear()
    feed = ElementTree.fromstring(Client().get("/outages/cap.atom").content)  # noqa: S314  our own answer
    entries = feed.findall(f"{ATOM}entry")
    assert len({entry.findtext(f"{ATOM}id") for entry in entries}) == 2
    assert all(feed.findtext(f"{ATOM}{name}") for name in ("id", "title", "updated"))
    assert feed.findtext(f"{ATOM}author/{ATOM}name")
    for entry in entries:
        assert all(entry.findtext(f"{ATOM}{name}") for name in ("id", "title", "updated"))
        link = entry.find(f"{ATOM}link")
        assert link is not None
        address = "/" + str(link.get("href")).split("/", 3)[3]
        assert Client().get(address)["Content-Type"].startswith(str(link.get("type")))
        assert datetime.fromisoformat(str(entry.findtext(f"{ATOM}updated"))).tzinfo == UTC


def test_an_unknown_message_is_not_found() -> None:
    assert Client().get("/outages/cap/00000000-0000-4000-8000-000000000000.xml").status_code == 404

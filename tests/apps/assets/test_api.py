import gzip
import json
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.assets.models import ACLineSegment, NetworkModel, Switch

pytestmark = pytest.mark.django_db

LISTS = (
    "substation feeder connectivitynode aclinesegment powertransformer switch energysource energyconsumer "
    "generatingunit batteryunit linearshuntcompensator"
)


@pytest.fixture
def viewer(client: Client) -> Client:
    client.force_login(User.objects.create_user("vera", password="a long enough password", role=Role.VIEWER))
    return client


@pytest.mark.parametrize("name", ["network", "geometry", "search", *(f"{kind}-list" for kind in LISTS.split())])
def test_a_stranger_sees_nothing(client: Client, network: NetworkModel, name: str) -> None:
    assert client.get(reverse(f"assets:{name}")).status_code == 401


@pytest.mark.parametrize("kind", LISTS.split())
def test_every_class_is_listed_and_shown_by_mrid(viewer: Client, network: NetworkModel, kind: str) -> None:
    listed = viewer.get(reverse(f"assets:{kind}-list"), {"name": "e"})
    assert listed.status_code == 200
    for row in listed.json()["results"]:
        shown = viewer.get(reverse(f"assets:{kind}-detail", args=[row["mrid"]]))
        assert shown.json() == row


def test_rows_are_read_only(viewer: Client, network: NetworkModel) -> None:
    line = ACLineSegment.objects.filter(model=network).first()
    url = reverse("assets:aclinesegment-detail", args=[line.mrid])
    for method in (viewer.put, viewer.patch, viewer.delete):
        assert method(url, {}, content_type="application/json").status_code == 405


def test_lines_are_found_by_the_node_at_their_end(viewer: Client, network: NetworkModel) -> None:
    line = ACLineSegment.objects.filter(model=network).select_related("to_node").first()
    found = viewer.get(reverse("assets:aclinesegment-list"), {"node": line.to_node.mrid}).json()["results"]
    assert [row["mrid"] for row in found if row["mrid"] == str(line.mrid)] == [str(line.mrid)]
    assert all(str(line.to_node.mrid) in (row["from_node"], row["to_node"]) for row in found)


def test_a_filter_that_makes_no_sense_is_refused(viewer: Client, network: NetworkModel) -> None:
    assert viewer.get(reverse("assets:switch-list"), {"kind": "Lever"}).status_code == 400
    assert viewer.get(reverse("assets:aclinesegment-list"), {"node": "x"}).status_code == 400
    assert viewer.get(reverse("assets:aclinesegment-detail", args=["x"])).status_code == 404


def test_the_drawing_is_sent_once_until_the_network_changes(viewer: Client, network: NetworkModel) -> None:
    url = reverse("assets:geometry")
    first = viewer.get(url)
    assert json.loads(first.content)["model_version"] == network.pk
    assert viewer.get(url, headers={"if-none-match": first["ETag"]}).status_code == 304
    assert viewer.get(url, headers={"if-none-match": 'W/"another"'}).status_code == 200


def test_the_drawing_is_compressed_for_those_who_take_it(viewer: Client, network: NetworkModel) -> None:
    plain = viewer.get(reverse("assets:geometry"), headers={"accept-encoding": "identity"})
    packed = viewer.get(reverse("assets:geometry"), headers={"accept-encoding": "br, gzip"})
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert "Accept-Encoding" in plain["Vary"]


def test_without_a_network_the_answer_says_what_to_do(viewer: Client) -> None:
    answer = viewer.get(reverse("assets:geometry"))
    assert answer.status_code == 404
    assert "import_network" in answer.json()["detail"]


def test_search_answers_with_class_and_path(viewer: Client, network: NetworkModel) -> None:
    switch = Switch.objects.get(model=network)
    found = viewer.get(reverse("assets:search"), {"q": switch.name[:10]}).json()
    assert {"mrid": str(switch.mrid), "class": "LoadBreakSwitch", "name": switch.name} in [
        {key: row[key] for key in ("mrid", "class", "name")} for row in found
    ]
    assert all(row["path"].endswith(row["name"]) for row in found)


@pytest.mark.parametrize("text", ["", "\x00", "%" * 500, "' OR 1=1 --", "🜂"])
def test_search_takes_any_text(viewer: Client, network: NetworkModel, text: str) -> None:
    assert viewer.get(reverse("assets:search"), {"q": text}).status_code == 200


def test_the_network_tells_its_source_and_its_problems(viewer: Client, network: NetworkModel) -> None:
    found = viewer.get(reverse("assets:network")).json()
    assert found["model_version"] == network.pk
    assert found["counts"]["ACLineSegment"] == 3
    assert {problem["code"] for problem in found["problems"]} == {"missing-rating", "out-of-service-branch"}


def test_another_version_is_not_listed(viewer: Client, network: NetworkModel) -> None:
    NetworkModel.objects.update(live_until=network.live_from + timedelta(seconds=1))
    assert viewer.get(reverse("assets:aclinesegment-list")).json()["count"] == 0

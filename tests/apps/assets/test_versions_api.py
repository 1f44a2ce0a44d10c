"""The life of a version over HTTP, as two engineers would lead it."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.assets import selectors
from apps.assets.models import ACLineSegment, ConnectivityNode, NetworkModel, PowerTransformer, Switch
from tests.factories.networks import engineer

pytestmark = pytest.mark.django_db


@pytest.fixture
def erika() -> Client:
    client = Client()
    client.force_login(engineer("erika"))
    return client


@pytest.fixture
def anton() -> Client:
    client = Client()
    client.force_login(engineer("anton"))
    return client


def post(client: Client, name: str, *args: Any, body: Any = None) -> Any:
    return client.post(reverse(f"assets:{name}", args=args), json.dumps(body or {}), content_type="application/json")


def draft(client: Client) -> int:
    return post(client, "versions", body={"note": "test"}).json()["model_version"]


def edit(client: Client, model: int, class_name: str, **body: Any) -> Any:
    return post(client, "edit", model, class_name, body=body)


def csv_in(client: Client, model: int, text: str | bytes, *, apply: bool = False, kind: str = "ACLineSegment") -> Any:
    url = reverse("assets:csv", args=[model, kind]) + f"?apply={str(apply).lower()}"
    return client.post(url, text.encode() if isinstance(text, str) else text, content_type="text/csv")


def csv_out(client: Client, model: int, kind: str = "ACLineSegment") -> str:
    return client.get(reverse("assets:export", args=[model, kind])).content.decode()


def line_of(model: int, index: int = 0) -> ACLineSegment:
    return ACLineSegment.objects.filter(model_id=model).order_by("index")[index]


def test_a_change_goes_from_draft_to_live_by_two_people(erika: Client, anton: Client, network: NetworkModel) -> None:
    model = draft(erika)
    line = line_of(model)
    done = edit(erika, model, "ACLineSegment", action="update", mrid=str(line.mrid), values={"rated_a": "432"})
    assert done.json()["applied"]
    assert post(erika, "check", model).json() == {"errors": []}
    told = erika.get(reverse("assets:comparison", args=[model])).json()
    assert told["counts"] == [
        {"label": "Lines", "rerated": 1}
        | dict.fromkeys(("added", "removed", "reconnected", "switched", "moved", "renamed", "altered"), 0)
    ]
    assert told["differences"][0]["fields"][0]["after"] == 432
    assert post(erika, "approval", model).status_code == 409
    assert post(anton, "approval", model).json()["phase"] == "approved"
    assert post(anton, "activation", model).json()["phase"] == "live"
    assert selectors.current_model_id() == model
    assert erika.get(reverse("assets:network")).json()["model_version"] == model
    assert [row["phase"] for row in erika.get(reverse("assets:versions")).json()] == ["live", "superseded"]


def test_a_version_can_be_scheduled_and_withdrawn(erika: Client, anton: Client, network: NetworkModel) -> None:
    model = draft(erika)
    post(erika, "check", model)
    post(anton, "approval", model)
    soon = (timezone.now() + timedelta(hours=1)).isoformat()
    assert post(anton, "activation", model, body={"at": soon}).json()["phase"] == "scheduled"
    assert selectors.current_model_id() == network.pk
    assert anton.delete(reverse("assets:activation", args=[model])).json()["phase"] == "approved"
    past = (timezone.now() - timedelta(hours=1)).isoformat()
    assert "past" in post(anton, "activation", model, body={"at": past}).json()["detail"]
    assert post(anton, "activation", model, body={"at": "tomorrow"}).status_code == 400


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR])
def test_who_may_not_edit_or_approve_is_refused(client: Client, role: Role, network: NetworkModel) -> None:
    client.force_login(User.objects.create_user("v", password="a long enough password", role=role))
    assert client.get(reverse("assets:versions")).status_code == 200
    for name in ("check", "approval", "rejection", "activation"):
        assert post(client, name, network.pk).status_code == 403
    assert post(client, "versions", body={"note": "x"}).status_code == 403
    assert edit(client, network.pk, "Switch", action="remove", mrid=str(uuid4())).status_code == 403


def test_what_is_not_there_is_told_so(erika: Client, network: NetworkModel) -> None:
    for name in ("check", "approval", "activation"):
        assert post(erika, name, 999).status_code == 404
    assert post(erika, "rejection", 999, body={"reason": "x"}).status_code == 404
    assert erika.get(reverse("assets:comparison", args=[network.pk]), {"with": "x"}).status_code == 400
    assert erika.get(reverse("assets:comparison", args=[network.pk]), {"with": "999"}).status_code == 404
    assert edit(erika, network.pk, "Lever", action="add").status_code == 404
    assert edit(erika, 999, "Switch", action="add").status_code == 404
    assert edit(erika, network.pk, "Switch", action="remove", mrid=str(uuid4())).status_code == 409


def refusals(answer: Any) -> set[str]:
    assert answer.status_code == 422, answer.content
    told = answer.json()
    assert not told["applied"]
    assert all(fault["text"] and fault["remedy"] for fault in told["faults"])
    return {fault["field"] for fault in told["faults"]}


def test_illegal_edits_name_the_field_and_change_nothing(erika: Client, network: NetworkModel) -> None:
    model = draft(erika)
    line, before = line_of(model), csv_out(erika, model)
    high, low = (ConnectivityNode.objects.filter(model_id=model, nominal_kv=kv).first() for kv in (110, 20))
    transformer = PowerTransformer.objects.get(model_id=model)

    def update(values: dict, kind: str = "ACLineSegment", mrid: Any = line.mrid) -> set[str]:
        return refusals(edit(erika, model, kind, action="update", mrid=str(mrid), values=values))

    assert update({"rated_a": "0"}) == {"rated_a"}
    assert update({"rated_a": "-4"}) == {"rated_a"}
    assert update({"rated_a": "1,5"}) == {"rated_a"}
    assert update({"rated_a": "nan"}) == {"rated_a"}
    assert update({"rated_a": ""}) == {"rated_a"}
    assert update({"r_ohm": "0", "x_ohm": "0"}) == {"x_ohm"}
    assert update({"to_node": str(uuid4())}) == {"to_node"}
    assert update({"to_node": "nowhere"}) == {"to_node"}
    assert update({"to_node": str(line.from_node.mrid)}) == {"to_node"}
    assert update({"from_node": str(high.mrid), "to_node": str(low.mrid)}) == {"to_node"}
    assert update({"colour": "red"}) == {"colour"}
    assert update({"name": "a\x07b"}) == {"name"}
    assert update({"rated_s_kva": "0"}, "PowerTransformer", transformer.mrid) == {"rated_s_kva"}
    assert update({"tap_min": "5", "tap_max": "1"}, "PowerTransformer", transformer.mrid) == {"tap_min"}
    assert update({"low_pu": "1.2"}, "ConnectivityNode", low.mrid) == {"low_pu"}
    assert update({"kind": "Lever"}, "Switch", Switch.objects.filter(model_id=model).first().mrid) == {"kind"}
    new = {"name": "n", "from_node": str(low.mrid), "to_node": str(low.mrid)}
    assert "length_km" in refusals(edit(erika, model, "ACLineSegment", action="add", values=new))
    assert refusals(edit(erika, model, "ACLineSegment", action="add", mrid=str(line.mrid), values=new)) == {"mrid"}
    assert refusals(edit(erika, model, "ACLineSegment", action="update", mrid=str(uuid4()))) == {"mrid"}
    assert refusals(edit(erika, model, "ConnectivityNode", action="remove", mrid=str(low.mrid))) == {"mrid"}
    assert csv_out(erika, model) == before


def test_an_edit_on_what_somebody_else_changed_meanwhile_is_refused(erika: Client, network: NetworkModel) -> None:
    model = draft(erika)
    body = {"action": "update", "mrid": str(line_of(model).mrid), "revision": 0}
    assert edit(erika, model, "ACLineSegment", **body, values={"rated_a": "10"}).status_code == 200
    assert edit(erika, model, "ACLineSegment", **body, values={"rated_a": "20"}).status_code == 409
    assert line_of(model).rated_a == 10


def test_an_exported_class_comes_back_without_a_change(erika: Client, network: NetworkModel) -> None:
    model = draft(erika)
    kinds = ("ConnectivityNode", "ACLineSegment", "PowerTransformer", "Switch", "EnergySource", "EnergyConsumer")
    for kind in (*kinds, "GeneratingUnit", "BatteryUnit", "LinearShuntCompensator"):
        text = csv_out(erika, model, kind)
        if text.count("\n") > 1:
            told = csv_in(erika, model, text, kind=kind).json()
            assert (told["changes"], told["faults"]) == ([], []), kind
            assert told["unchanged"] == text.count("\n") - 1


def test_a_csv_is_shown_first_and_applied_whole(erika: Client, network: NetworkModel) -> None:
    model = draft(erika)
    one, other = line_of(model, 0), line_of(model, 1)
    nodes = ConnectivityNode.objects.filter(model_id=model, nominal_kv=20, is_terminal=False).order_by("index")
    text = (
        "action,mrid,name,from_node,to_node,length_km,r_ohm,x_ohm,rated_a\n"
        f"update,{one.mrid},renamed,{one.from_node.mrid},{one.to_node.mrid},1,0.1,0.2,100\n"
        f"add,,new cable,{nodes[0].name},{nodes[2].mrid},2,0.3,0.4,200\n"
        f"remove,{other.mrid},,,,,,,\n"
    )
    told = csv_in(erika, model, text).json()
    assert [change["action"] for change in told["changes"]] == ["update", "add", "remove"]
    assert line_of(model, 0).name == one.name
    assert csv_in(erika, model, text, apply=True).json()["applied"]
    names = set(ACLineSegment.objects.filter(model_id=model).values_list("name", flat=True))
    assert {"renamed", "new cable"} <= names and other.name not in names
    assert post(erika, "check", model).json() == {"errors": []}
    told = erika.get(reverse("assets:comparison", args=[model])).json()
    row = next(row for row in told["counts"] if row["label"] == "Lines")
    assert (row["added"], row["removed"], row["renamed"]) == (1, 1, 1)


def test_one_bad_line_of_a_csv_stops_all_of_it(erika: Client, network: NetworkModel) -> None:
    model = draft(erika)
    one, other = line_of(model, 0), line_of(model, 1)
    text = f"mrid;rated_a\n{one.mrid};111\n{other.mrid};-1\n"
    answer = csv_in(erika, model, text, apply=True)
    assert refusals(answer) == {"rated_a"}
    assert answer.json()["faults"][0]["line"] == 3
    assert line_of(model, 0).rated_a == one.rated_a


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "mrid\n",
        "no,such,columns\n1,2,3\n",
        "mrid,mrid\n1,2\n",
        "mrid,rated_a\nx,1\n",
        "mrid,rated_a\n1\n",
        'mrid,rated_a\n"open,1\n',
        "mrid,rated_a\n\x00,1\n",
        "action,mrid\nexplode,\n",
        "action,mrid,name\nadd,,n\n",
        "{}",
        "mrid,rated_a\n" + "9" * 200_000 + ",1\n",
    ],
)
def test_a_bad_csv_is_refused_in_words(erika: Client, network: NetworkModel, text: str) -> None:
    refusals(csv_in(erika, draft(erika), text, apply=True))


def test_a_csv_in_another_encoding_is_refused_in_words(erika: Client, network: NetworkModel) -> None:
    answer = csv_in(erika, draft(erika), "mrid,name\n,Stra\xdfe\n".encode("latin-1"))
    assert answer.status_code == 400
    assert "UTF-8" in answer.json()["detail"]


def test_a_new_station_can_be_built_by_hand(erika: Client, anton: Client, network: NetworkModel) -> None:
    model = draft(erika)
    end = ConnectivityNode.objects.filter(model_id=model, nominal_kv=20, is_terminal=False).first()
    node = {"name": "new bus", "nominal_kv": "20", "longitude": "9.1", "latitude": "48.7", "substation": "New station"}
    assert edit(erika, model, "ConnectivityNode", action="add", values=node).json()["applied"]
    line = {
        "name": "feed",
        "from_node": end.name,
        "to_node": "new bus",
        "length_km": "1",
        "r_ohm": "0.1",
        "x_ohm": "0.1",
    }
    assert edit(erika, model, "ACLineSegment", action="add", values={**line, "rated_a": "200"}).json()["applied"]
    load = {"name": "shop", "node": "new bus", "p_kw": "50"}
    assert edit(erika, model, "EnergyConsumer", action="add", values=load).json()["applied"]
    assert post(erika, "check", model).json() == {"errors": []}
    post(anton, "approval", model)
    post(anton, "activation", model)
    found = erika.get(reverse("assets:search"), {"q": "shop"}).json()
    assert found[0]["path"].startswith("New station")

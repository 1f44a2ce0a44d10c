import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.assets import services
from apps.assets.models import ACLineSegment, NetworkModel
from apps.assets.rules import CLASSES
from tests.factories.grids import CASE33
from tests.factories.networks import AT, engineer, imported, made_live

pytestmark = pytest.mark.django_db


@pytest.fixture
def network() -> NetworkModel:
    return imported(CASE33)


@pytest.fixture
def draft(network: NetworkModel) -> NetworkModel:
    return services.make_draft(by=engineer("erika"), note="<b>new cable</b>", as_of=AT)


def signed_in(name: str, role: Role = Role.ENGINEER) -> Client:
    client = Client()
    user = User.objects.filter(username=name).first()
    client.force_login(user or User.objects.create_user(name, password="a long enough password", role=role))
    return client


def test_every_page_of_a_version_opens(draft: NetworkModel, network: NetworkModel) -> None:
    client = signed_in("erika")
    assert "&lt;b&gt;new cable" in client.get(reverse("control_room:network")).content.decode()
    for model in (draft, network):
        assert client.get(reverse("control_room:network_version", args=[model.pk])).status_code == 200
        for spec in CLASSES:
            page = client.get(reverse("control_room:network_elements", args=[model.pk, spec.name]), {"q": "1"})
            assert page.status_code == 200
            assert client.get(reverse("control_room:network_new", args=[model.pk, spec.name])).status_code == 200
    line = ACLineSegment.objects.filter(model=draft).first()
    page = client.get(reverse("control_room:network_sheet", args=[draft.pk, "ACLineSegment", line.mrid]))
    assert line.from_node.name in page.content.decode()


def test_what_is_not_there_is_a_page_that_says_so(network: NetworkModel) -> None:
    client = signed_in("erika")
    assert client.get(reverse("control_room:network_version", args=[999])).status_code == 404
    assert client.get(reverse("control_room:network_elements", args=[network.pk, "Lever"])).status_code == 404
    nobody = "00000000-0000-0000-0000-000000000001"
    url = reverse("control_room:network_sheet", args=[network.pk, "ACLineSegment", nobody])
    assert client.get(url).status_code == 404


def test_only_who_may_sees_the_acts(draft: NetworkModel) -> None:
    services.check(model_id=draft.pk, by=engineer("erika"), as_of=AT)
    url = reverse("control_room:network_version", args=[draft.pk])

    def acts(name: str, role: Role = Role.ENGINEER) -> set[str]:
        page = signed_in(name, role).get(url).content.decode()
        return {act for act in ("check", "approval", "rejection", "activation") if f"{draft.pk}/{act}" in page}

    assert acts("erika") == {"check", "rejection"}
    assert acts("anton") == {"check", "approval", "rejection"}
    assert acts("sven", Role.SUPERVISOR) == {"approval", "rejection"}
    assert acts("vera", Role.VIEWER) == set()


def test_a_version_that_was_live_still_opens(draft: NetworkModel, network: NetworkModel) -> None:
    services.check(model_id=draft.pk, by=engineer("erika"), as_of=AT)
    made_live(draft, at=AT.replace(day=2))
    page = signed_in("vera", Role.VIEWER).get(reverse("control_room:network_version", args=[network.pk]))
    assert "Superseded" in page.content.decode()

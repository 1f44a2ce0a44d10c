import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.assets.models import NetworkModel

pytestmark = pytest.mark.django_db

PAGES = [model for model in admin.site._registry if model._meta.app_label == "assets"]


@pytest.fixture
def chief(client: Client) -> Client:
    user = User.objects.create_superuser("ada", password="a long enough password", role=Role.ADMIN)
    client.force_login(user)
    return client


@pytest.mark.parametrize("model", PAGES, ids=lambda model: model._meta.model_name)
def test_every_class_can_be_looked_at_and_searched_but_not_changed(
    chief: Client, network: NetworkModel, model: type
) -> None:
    name = f"admin:assets_{model._meta.model_name}"
    assert chief.get(reverse(f"{name}_changelist"), {"q": "1"}).status_code == 200
    assert chief.get(reverse(f"{name}_add")).status_code == 403
    row = model.objects.first()
    if row is not None:
        assert chief.get(reverse(f"{name}_change", args=[row.pk])).status_code == 200
        assert chief.post(reverse(f"{name}_change", args=[row.pk]), {"name": "x"}).status_code == 403


def test_the_page_of_a_network_shows_its_counts_and_problems(chief: Client, network: NetworkModel) -> None:
    page = chief.get(reverse("admin:assets_networkmodel_change", args=[network.pk])).content.decode()
    assert "ACLineSegment: 3" in page
    assert "has no current rating" in page

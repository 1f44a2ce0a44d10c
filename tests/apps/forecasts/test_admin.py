import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.forecasts.choices import ModelStatus
from apps.forecasts.models import ModelVersion
from tests.factories.histories import NOW, small_grid

pytestmark = pytest.mark.django_db
PAGES = ("series", "calendarday", "regressor", "modelversion", "training", "forecastrun", "datafault")


@pytest.fixture
def admin() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root", password="a long enough password"))
    return client


def version(number: int, status: ModelStatus) -> ModelVersion:
    return ModelVersion.objects.create(
        number=number,
        status=status,
        trained_at=NOW,
        data_from=NOW,
        data_until=NOW,
        series_count=1,
        rows=1,
        data_hash="0",
        engine_version="1",
        content=b"",
    )


@pytest.mark.parametrize("page", PAGES)
def test_every_page_of_the_administration_opens(admin: Client, page: str) -> None:
    small_grid()
    version(1, ModelStatus.ACTIVE)
    assert admin.get(reverse(f"admin:forecasts_{page}_changelist")).status_code == 200


def test_a_model_is_taken_back_by_one_click_and_the_act_is_audited(admin: Client) -> None:
    old, new = version(1, ModelStatus.RETIRED), version(2, ModelStatus.ACTIVE)
    assert admin.get(reverse("admin:forecasts_modelversion_change", args=[old.pk])).status_code == 200
    page, asked = reverse("admin:forecasts_modelversion_changelist"), {"action": "use", "_selected_action": [old.pk]}
    admin.post(page, asked)
    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.status, new.status) == (ModelStatus.ACTIVE, ModelStatus.RETIRED)
    assert AuditEvent.objects.filter(action="forecast.model.in-use").count() == 1
    assert "in use already" in admin.post(page, asked, follow=True).content.decode()
    both = {"action": "use", "_selected_action": [old.pk, new.pk]}
    assert "Choose one model" in admin.post(page, both, follow=True).content.decode()

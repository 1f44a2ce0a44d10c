"""Terms of a microgrid by the API: read by all, entered by who may, refused with a sentence."""

import pytest
from django.test import Client

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.microgrids.models import ReadinessTerms
from tests.apps.microgrids.test_readiness import told_microgrid

pytestmark = pytest.mark.django_db


def signed_in(name: str, role: Role) -> Client:
    client = Client()
    client.force_login(User.objects.create_user(name, role=role))
    return client


def test_terms_are_assumptions_until_somebody_enters_them() -> None:
    microgrid = told_microgrid()
    url, client = f"/api/v1/microgrids/{microgrid.mrid}/terms", signed_in("erna", Role.ENGINEER)
    assert client.get(url).json()["is_default"]
    body = {"readiness": {"hours_between_failures": 400.0}, "schedule": {"import_kw": 250.0}}
    told = client.patch(url, body, content_type="application/json")
    assert (told.status_code, told.json()["is_default"]) == (200, False)
    assert told.json()["readiness"]["hours_between_failures"] == 400.0
    assert told.json()["schedule"]["import_kw"] == 250.0
    assert AuditEvent.objects.filter(action="microgrid.terms").exists()


def test_what_contradicts_itself_is_refused_and_changes_nothing() -> None:
    microgrid = told_microgrid()
    url, client = f"/api/v1/microgrids/{microgrid.mrid}/terms", signed_in("erna", Role.ENGINEER)
    told = client.patch(url, {"readiness": {"shed_important_below": 0.9}}, content_type="application/json")
    assert told.status_code == 409
    assert "shed_deferrable_below" in told.json()["detail"]
    assert not ReadinessTerms.objects.filter(microgrid=microgrid, shed_important_below=0.9).exists()


def test_who_only_looks_enters_nothing() -> None:
    url = f"/api/v1/microgrids/{told_microgrid().mrid}/terms"
    assert signed_in("vera", Role.VIEWER).patch(url, {}, content_type="application/json").status_code == 403

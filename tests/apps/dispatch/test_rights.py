"""Who only sees the grid changes nothing through any door of dispatch."""

import re

import pytest
from django.test import Client
from django.urls import URLPattern

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.dispatch.urls import urlpatterns

pytestmark = pytest.mark.django_db

ACTS = ("post", "put", "patch", "delete")
# Each move has a permission of its own: apps/dispatch/rules/plans.py, tested in test_plans.
BY_RULE = {"plan-moves"}


def address(pattern: URLPattern) -> str:
    return f"/api/v1/{re.sub(r'<[^>]+>', '1', str(pattern.pattern))}"


@pytest.mark.parametrize("pattern", urlpatterns, ids=lambda pattern: pattern.name)
def test_a_viewer_acts_nowhere_and_a_stranger_sees_nothing(pattern: URLPattern) -> None:
    path = address(pattern)
    viewer = Client()
    viewer.force_login(User.objects.create_user("vera", role=Role.VIEWER))
    acts = ACTS if pattern.name not in BY_RULE else ACTS[1:]
    answers = {act: getattr(viewer, act)(path, {}, content_type="application/json").status_code for act in acts}
    assert set(answers.values()) <= {403, 405}, answers
    assert {getattr(Client(), act)(path).status_code for act in ("get", "post")} <= {401, 403}

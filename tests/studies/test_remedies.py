"""The study of remedies, small: two troubles of the field, and what the first of the list does about them."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.dispatch.choices.proposal import ReceiptOutcome
from tests.factories.field import make_room
from tests.factories.grids import MEDIUM_VOLTAGE, cache_dir, grid
from tests.studies.remedies import draw
from tests.studies.remedy_cases import Draw, Site, told
from tests.studies.remedy_table import Table

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def _case_is_read() -> None:
    grid(MEDIUM_VOLTAGE)


@pytest.fixture
def table() -> Iterator[Table]:
    begun = timezone.now() - timedelta(days=2)
    room = make_room(MEDIUM_VOLTAGE, cache_dir(), started_at=begun)
    yield Table(room, begun, User.objects.create_user("study", role=Role.OPERATOR))


def made(table: Table, kind: str) -> Draw:
    found = (draw(table, MEDIUM_VOLTAGE, seed, kind) for seed in range(1, 9))
    return next(one for one in found if one is not None)


def test_the_first_remedies_end_the_troubles_in_the_field_and_are_paid_back(table: Table) -> None:
    draws = [made(table, kind) for kind in ("lines overloaded", "voltage low by a regulator")]
    cases = [case for one in draws for case in one.cases]
    assert [case.breach for case in cases] == ["overload", "voltage_low"]
    for case in cases:
        assert (case.said_ends, case.fault, case.ended) == (True, "", True)
        assert case.outcome == ReceiptOutcome.SCORED
        assert case.low <= case.expected <= case.high
        assert abs(case.realised - case.expected) < 0.3 * case.expected
    assert "first remedy ended it in the field 2 of 2 (100.0 %)" in told({MEDIUM_VOLTAGE: Site(draws)})

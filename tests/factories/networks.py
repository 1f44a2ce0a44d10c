"""Networks in the database."""

from datetime import UTC, datetime
from pathlib import Path

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.assets import services
from apps.assets.models import NetworkModel
from apps.assets.services import import_network
from tests.factories.grids import cache_dir

AT = datetime(2026, 1, 1, tzinfo=UTC)


def imported(source: str | Path, *, replace: bool = False, at: datetime = AT) -> NetworkModel:
    return import_network(source=str(source), cache_dir=cache_dir(), as_of=at, replace=replace).model


def engineer(name: str = "erika") -> User:
    known = User.objects.filter(username=name).first()
    return known or User.objects.create_user(name, password="a long enough password", role=Role.ENGINEER)


def made_live(model: NetworkModel, *, at: datetime, by: User | None = None) -> NetworkModel:
    """Approved by somebody who did not edit it, and live from `at` on."""
    by = by or engineer("anton")
    services.approve(model_id=model.pk, by=by, as_of=at)
    return services.release(model_id=model.pk, by=by, at=at, as_of=at)


# Every class of equipment once, with a number of its own.
EVERY_CLASS = """function mpc = every
mpc.version = '2';
mpc.baseMVA = 10;
mpc.bus = [
    1 3 0   0    0   0   1 1 0 110 1 1.1 0.9;
    2 1 2   1    0   4   1 1 0 20  1 1.1 0.9;
    3 1 0.5 0.25 0.1 0   1 1 0 20  1 1.1 0.9;
    4 1 0   0    0   0   1 1 0 20  1 1.05 0.95;
];
mpc.gen = [
    1 0   0   9 -9 1.02 1 1 9 0;
    3 0.8 0.2 9 -9 1    1 1 1 0;
];
mpc.branch = [
    1 2 0.01 0.1  0 20 0 0 1.05 0 1;
    2 3 0.02 0.04 0 7  0 0 0    0 1;
    3 4 0.02 0.04 0 0  0 0 0    0 1;
    2 4 0.02 0.04 0 7  0 0 0    0 0;
];
"""

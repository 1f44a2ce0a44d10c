import json
import stat
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError

from apps.accounts.choices import ROLE_PERMISSIONS, Permission, Role
from apps.accounts.models import User

pytestmark = pytest.mark.django_db

OPERATING = (
    "view_grid view_alarms acknowledge_alarms shelve_alarms keep_log tag operate approve_orders decide_proposals "
    "prepare_plans run_studies override_forecasts narrow_limits view_demand approve_calls "
    "manage_incidents "
)
CHIEFS = "approve_out_of_service approve_network remove_any_tag set_autonomy approve_plans trade approve_trades "
CHIEFS += "manage_resilience manage_microgrids manage_efficiency set_objectives measure_impact "
MAY = {
    Role.VIEWER: "view_grid view_alarms",
    Role.OPERATOR: OPERATING,
    Role.SUPERVISOR: OPERATING + CHIEFS,
    Role.PROGRAM_MANAGER: "view_grid trade approve_trades view_demand run_programs approve_calls manage_efficiency "
    "measure_impact",
    Role.ENGINEER: "view_grid view_alarms edit_network approve_network run_studies prepare_plans override_forecasts "
    "manage_models write_weather write_prices narrow_limits manage_storage trade view_demand manage_resilience "
    "manage_microgrids manage_efficiency measure_impact",
    Role.ADMIN: OPERATING
    + CHIEFS
    + "edit_network manage_models write_telemetry write_weather write_prices manage_storage run_programs administer",
}


@pytest.mark.parametrize("role", list(Role))
def test_a_role_may_what_is_written_here_and_nothing_else(role: Role) -> None:
    user = User.objects.create_user("someone", role=role)

    assert {permission.value for permission in Permission if user.may(permission)} == set(MAY[role].split())
    assert (user.is_staff, user.is_superuser) == (role is Role.ADMIN, role is Role.ADMIN)


def test_every_role_has_its_permissions() -> None:
    assert set(ROLE_PERMISSIONS) == set(Role)


def test_the_disabled_may_nothing() -> None:
    user = User.objects.create_user("someone", role=Role.ADMIN, is_active=False)
    assert not any(user.may(permission) for permission in Permission)


def test_a_demoted_administrator_leaves_the_admin_site() -> None:
    user = User.objects.create_user("someone", role=Role.ADMIN)
    user.role = Role.VIEWER
    user.save(update_fields=["role"])
    user.refresh_from_db()

    assert not user.is_staff
    assert not user.is_superuser


def test_the_admin_flags_cannot_part_from_the_role() -> None:
    User.objects.create_user("someone", role=Role.VIEWER)
    with pytest.raises(IntegrityError):
        User.objects.filter(username="someone").update(is_superuser=True)


def test_createsuperuser_makes_an_administrator() -> None:
    assert User.objects.create_superuser("root", password="a long password").role == Role.ADMIN


def test_an_unknown_time_zone_is_refused() -> None:
    with pytest.raises(ValidationError, match="Europe/Berlin"):
        User(username="x", password="x", time_zone="Mars/Olympus").full_clean()


def test_a_fresh_database_has_nobody() -> None:
    assert not User.objects.exists()


def logins(*arguments: str) -> list[dict[str, str]]:
    out = StringIO()
    call_command("demo_users", *arguments, stdout=out)
    return list(json.loads(out.getvalue()))


def test_demo_users_are_one_a_role_with_passwords_that_work_and_differ() -> None:
    made = logins()

    assert {login["role"] for login in made} == set(Role.values)
    assert len({login["password"] for login in made}) == len(Role)
    for login in made:
        user = authenticate(username=login["username"], password=login["password"])
        assert isinstance(user, User)
        assert user.role == login["role"]
    assert logins() == []


def test_the_file_of_logins_is_private_and_a_second_run_tells_the_same(tmp_path: Path) -> None:
    file = tmp_path / "logins.json"
    first = logins("--file", str(file))
    User.objects.get(username="viewer").delete()
    second = logins("--file", str(file))

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(file.read_text()) == second
    assert [login for login in first if login["role"] != "viewer"] == [one for one in second if one["role"] != "viewer"]
    assert authenticate(
        **{"username": "viewer", "password": next(o["password"] for o in second if o["role"] == "viewer")}
    )

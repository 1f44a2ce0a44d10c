from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory, force_authenticate
from rest_framework.views import APIView

from apps.accounts import services
from apps.accounts.choices import Permission, Role
from apps.accounts.models import ApiToken, User
from apps.accounts.permissions import requires
from apps.audit.models import AuditEvent

pytestmark = pytest.mark.django_db


class Ingest(APIView):
    permission_classes = [requires(Permission.WRITE_TELEMETRY)]

    def post(self, request: Request) -> Response:
        return Response({"who": request.user.username})


class Grid(Ingest):
    permission_classes = [requires(Permission.VIEW_GRID)]


class Forgotten(APIView):
    def post(self, request: Request) -> Response:
        return Response()


def ask(view: type[APIView], header: str | None = None, user: User | None = None) -> Any:
    request = APIRequestFactory().post("/api/v1/x", headers={"Authorization": header} if header else {})
    request.user = AnonymousUser()
    if user is not None:
        force_authenticate(request, user)
    return view.as_view()(request)


@pytest.fixture
def admin() -> User:
    return User.objects.create_user("ada", role=Role.ADMIN)


def issue(owner: User, *scopes: Permission, days: float = 1) -> tuple[ApiToken, str]:
    return services.issue_token(
        owner=owner, name="t", scopes=scopes, life=timedelta(days=days), actor=owner, at=timezone.now()
    )


def test_a_token_does_its_scope_and_nothing_else_its_owner_may(admin: User) -> None:
    token, value = issue(admin, Permission.WRITE_TELEMETRY)

    assert ask(Ingest, f"Bearer {value}").data == {"who": "ada"}
    refused = ask(Grid, f"Bearer {value}")
    assert refused.status_code == 403
    assert "view_grid" in refused.data["detail"]
    denial = AuditEvent.objects.get(action="access.denied")
    assert denial.detail["token"] == token.prefix


def test_a_token_loses_what_its_owner_loses(admin: User) -> None:
    _, value = issue(admin, Permission.WRITE_TELEMETRY)
    admin.role = Role.OPERATOR
    admin.save()

    assert ask(Ingest, f"Bearer {value}").status_code == 403


def _expire(token: ApiToken, owner: User) -> None:
    past = timezone.now() - timedelta(days=2)
    ApiToken.objects.filter(pk=token.pk).update(created_at=past, expires_at=past + timedelta(days=1))


def _revoke(token: ApiToken, owner: User) -> None:
    assert services.revoke_token(token=token, actor=owner, at=timezone.now())
    assert not services.revoke_token(token=token, actor=owner, at=timezone.now())


def _disable(token: ApiToken, owner: User) -> None:
    User.objects.filter(pk=owner.pk).update(is_active=False)


@pytest.mark.parametrize(
    ("harm", "reason"), [(_expire, "expired"), (_revoke, "revoked"), (_disable, "owner of this token is disabled")]
)
def test_a_token_that_is_no_longer_good_is_refused_with_the_reason(admin: User, harm: Any, reason: str) -> None:
    token, value = issue(admin, Permission.WRITE_TELEMETRY)
    harm(token, admin)
    refused = ask(Ingest, f"Bearer {value}")

    assert refused.status_code == 401
    assert reason in refused.data["detail"]
    assert refused.headers["WWW-Authenticate"] == 'Bearer realm="gridops"'


@pytest.mark.parametrize("header", ["Bearer gop_unknown", "Bearer", "Bearer a b", "Bearer \xff\xfe", "bearer ' OR 1=1"])
def test_what_is_no_token_is_answered_401(header: str) -> None:
    assert ask(Ingest, header).status_code == 401


def test_strangers_are_told_to_identify_themselves_and_a_view_without_permission_is_shut(admin: User) -> None:
    assert ask(Ingest).status_code == 401
    assert ask(Forgotten, user=admin).status_code == 403


def test_the_database_holds_no_usable_token(admin: User) -> None:
    _, value = issue(admin, Permission.VIEW_GRID)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT token::text FROM accounts_apitoken AS token UNION SELECT e::text FROM audit_auditevent AS e"
        )
        stored = " ".join(row[0] for row in cursor.fetchall())

    assert value not in stored
    assert value.rsplit("_", 1)[-1] not in stored
    assert value[:12] in stored


def test_the_last_use_is_kept_to_the_minute(admin: User) -> None:
    token, value = issue(admin, Permission.WRITE_TELEMETRY)
    ask(Ingest, f"Bearer {value}")
    first = ApiToken.objects.get(pk=token.pk).last_used_at
    ask(Ingest, f"Bearer {value}")

    assert first is not None
    assert ApiToken.objects.get(pk=token.pk).last_used_at == first


@pytest.mark.parametrize(
    ("scopes", "days", "reason"),
    [
        ([], 1, "at least one"),
        (["edit_network"], 1, "edit_network"),
        (["view_grid"], 366, "365"),
        (["view_grid"], 0, "365"),
    ],
)
def test_a_token_that_breaks_a_rule_is_not_issued(scopes: list[str], days: int, reason: str) -> None:
    operator = User.objects.create_user("olga", role=Role.OPERATOR)
    with pytest.raises(services.TokenRefused, match=reason):
        issue(operator, *map(Permission, scopes), days=days)


def test_the_database_itself_refuses_a_token_of_more_than_a_year(admin: User) -> None:
    token, _ = issue(admin, Permission.VIEW_GRID)
    with pytest.raises(IntegrityError):
        ApiToken.objects.filter(pk=token.pk).update(expires_at=token.created_at + timedelta(days=366))


def test_the_command_prints_a_token_that_works_and_is_audited(admin: User) -> None:
    out = StringIO()
    call_command("issue_token", user="ada", scope=["write_telemetry"], days=90, stdout=out)

    assert ask(Ingest, f"Bearer {out.getvalue().strip()}").status_code == 200
    assert AuditEvent.objects.get(action="token.issued").detail["scopes"] == ["write_telemetry"]
    with pytest.raises(CommandError, match="nobody"):
        call_command("issue_token", user="nobody", scope=["view_grid"])
    with pytest.raises(CommandError, match="365"):
        call_command("issue_token", user="ada", scope=["view_grid"], days=400)

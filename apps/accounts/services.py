"""Writes about people and tokens. Every one of them is audited in its own transaction."""

import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from apps.accounts import acts
from apps.accounts.choices import Permission, Role, Theme
from apps.accounts.models import TOKEN_LIFE, ApiToken, Area, AreaAssignment, Presence, SignInAttempt, User
from apps.accounts.rules import ATTEMPT_WINDOW, too_many_tries
from apps.accounts.selectors import digest_of, recent_tries

LAST_USE_RESOLUTION = timedelta(minutes=1)


@dataclass(frozen=True)
class Login:
    role: str
    username: str
    password: str


class TokenRefused(ValueError):
    """The token asked for breaks a rule; the text says which and what to ask for instead."""


def _check_token_request(owner: User, scopes: frozenset[Permission], life: timedelta) -> None:
    if not scopes:
        raise TokenRefused("A token needs at least one scope.")
    if beyond := sorted(scopes - owner.permissions):
        raise TokenRefused(f"{owner.username} may not {', '.join(beyond)}; a token cannot do more than its owner.")
    if not timedelta(0) < life <= TOKEN_LIFE:
        raise TokenRefused(f"A token lives between 1 and {TOKEN_LIFE.days} days.")


@transaction.atomic
def issue_token(
    *, owner: User, name: str, scopes: Iterable[Permission], life: timedelta, actor: User | None, at: datetime
) -> tuple[ApiToken, str]:
    """The second value is the token itself: it can be shown now and never again."""
    wanted = frozenset(scopes)
    _check_token_request(owner, wanted, life)
    prefix = f"gop_{secrets.token_hex(4)}"
    value = f"{prefix}_{secrets.token_urlsafe(32)}"
    token = ApiToken.objects.create(
        owner=owner,
        name=name,
        prefix=prefix,
        digest=digest_of(value),
        scopes=sorted(wanted),
        created_at=at,
        expires_at=at + life,
    )
    detail = {"owner": owner.username, "scopes": token.scopes, "expires_at": token.expires_at.isoformat()}
    acts.record(actor=actor, action="token.issued", target=str(token), detail=detail, at=at)
    return token, value


@transaction.atomic
def revoke_token(*, token: ApiToken, actor: User | None, at: datetime) -> bool:
    """False when it was revoked before."""
    if not ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=at):
        return False
    acts.record(actor=actor, action="token.revoked", target=str(token), detail={"owner": token.owner.username}, at=at)
    return True


def note_use(*, token: ApiToken, at: datetime) -> None:
    # Once a minute is enough to see a forgotten token, and ingest must not write a row a request.
    if token.last_used_at is None or token.last_used_at < at - LAST_USE_RESOLUTION:
        ApiToken.objects.filter(pk=token.pk).unused_since(at - LAST_USE_RESOLUTION).update(last_used_at=at)


@transaction.atomic
def set_theme(*, user: User, theme: Theme, at: datetime) -> None:
    user.theme = theme
    user.save(update_fields=["theme"])
    acts.record(actor=user, action="preference.theme", target=user.username, detail={"theme": theme.value}, at=at)


def hold_sign_in(*, username: str, source_ip: str | None) -> None:
    """Parallel tries of one name from one address wait for each other, so that they cannot outrun the count."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"sign-in {username} {source_ip}"])


def note_failed_sign_in(*, username: str, source_ip: str | None, at: datetime) -> None:
    SignInAttempt.objects.filter(at__lt=at - 4 * ATTEMPT_WINDOW).delete()
    SignInAttempt.objects.create(username=username, source_ip=source_ip, at=at)
    acts.record(actor=None, action="sign_in.failed", target=username, detail={}, at=at, source_ip=source_ip)


def note_locked_sign_in(*, username: str, source_ip: str | None, at: datetime) -> None:
    acts.record(actor=None, action="sign_in.locked", target=username, detail={}, at=at, source_ip=source_ip)


def note_sign_in(*, user: User, source_ip: str | None, at: datetime) -> None:
    SignInAttempt.objects.filter(username=user.username.lower(), source_ip=source_ip).delete()
    acts.record(actor=user, action="sign_in", target=user.username, detail={}, at=at, source_ip=source_ip)


@transaction.atomic
def confirm_password(*, user: User, password: str, source_ip: str | None, at: datetime) -> bool | None:
    """Whether it is this person's; wrong ones count as failed sign-ins. None: too many of those, nobody looks."""
    username = user.username.lower()
    hold_sign_in(username=username, source_ip=source_ip)
    tries = recent_tries(username=username, source_ip=source_ip, at=at)
    if too_many_tries(of_name=tries.of_name, of_address=tries.of_address):
        note_locked_sign_in(username=username, source_ip=source_ip, at=at)
        return None
    if user.check_password(password):
        acts.record(actor=user, action="password.confirmed", target=username, detail={}, at=at, source_ip=source_ip)
        return True
    note_failed_sign_in(username=username, source_ip=source_ip, at=at)
    return False


def note_sign_out(*, user: User, source_ip: str | None, at: datetime) -> None:
    acts.record(actor=user, action="sign_out", target=user.username, detail={}, at=at, source_ip=source_ip)


@transaction.atomic
def unlock_sign_in(*, user: User, actor: User | None, at: datetime) -> int:
    removed, _ = SignInAttempt.objects.filter(username=user.username.lower()).delete()
    acts.record(actor=actor, action="sign_in.unlocked", target=user.username, detail={"tries": removed}, at=at)
    return removed


@transaction.atomic
def create_demo_users(*, at: datetime, roles: Collection[Role] = tuple(Role)) -> list[Login]:
    """One a role, for those roles whose demo user is missing. Passwords are random and known only to the caller."""
    present = set(User.objects.filter(username__in=Role.values).values_list("username", flat=True))
    return [_create_demo_user(role, at=at) for role in roles if role.value not in present]


def _create_demo_user(role: Role, *, at: datetime) -> Login:
    login = Login(role=role.value, username=role.value, password=secrets.token_urlsafe(15))
    user = User.objects.create_user(login.username, password=login.password, role=role)
    acts.record(
        actor=None, action="user.created", target=user.username, detail={"role": role.value, "demo": True}, at=at
    )
    return login


DEFAULT_AREA = "Whole network"


def default_area() -> Area:
    area, _ = Area.objects.get_or_create(is_default=True, defaults={"name": DEFAULT_AREA})
    return area


@transaction.atomic
def take_over(*, area: Area, by: User, at: datetime) -> list[str]:
    """From now on this person alone answers for the area. Returns who was relieved."""
    Area.objects.select_for_update().get(pk=area.pk)
    others = AreaAssignment.objects.filter(area=area).exclude(user=by).select_related("user")
    relieved = sorted(one.user.get_username() for one in others)
    others.delete()
    AreaAssignment.objects.get_or_create(area=area, user=by, defaults={"since": at})
    acts.record(actor=by, action="area.taken_over", target=area.name, detail={"relieved": relieved}, at=at)
    return relieved


@transaction.atomic
def hand_back(*, area: Area, by: User, at: datetime) -> bool:
    """False when this person did not hold the area."""
    if not AreaAssignment.objects.filter(area=area, user=by).delete()[0]:
        return False
    acts.record(actor=by, action="area.handed_back", target=area.name, detail={}, at=at)
    return True


def note_presence(*, user: User, at: datetime) -> None:
    Presence.objects.update_or_create(user=user, defaults={"seen_at": at})

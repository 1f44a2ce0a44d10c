from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.contrib.sessions.models import Session
from django.db.models import Count, Q
from django.utils import timezone

from apps.accounts.choices import ROLE_PERMISSIONS, Permission
from apps.accounts.models import ApiToken, Area, AreaAssignment, AreaMember, Presence, SignInAttempt, User
from apps.accounts.rules import ATTEMPT_WINDOW


@dataclass(frozen=True)
class Tries:
    of_name: int
    of_address: int


def digest_of(token: str) -> str:
    return sha256(token.encode("utf-8", "replace")).hexdigest()


def token_for(token: str) -> ApiToken | None:
    return ApiToken.objects.select_related("owner").filter(digest=digest_of(token)).first()


def recent_tries(*, username: str, source_ip: str | None, at: datetime) -> Tries:
    counts = SignInAttempt.objects.filter(source_ip=source_ip, at__gt=at - ATTEMPT_WINDOW).aggregate(
        of_name=Count("pk", filter=Q(username=username)), of_address=Count("pk")
    )
    return Tries(**counts)


def standing_of(*, user_ids: Collection[int]) -> dict[int, tuple[frozenset[Permission], str]]:
    """What each person may do, and the hash that changes with the password; the disabled may do nothing."""
    people = User.objects.filter(pk__in=user_ids).only("role", "is_active", "password")
    return {person.pk: (person.permissions, person.get_session_auth_hash()) for person in people}


def open_sessions(*, keys: Collection[str | None]) -> frozenset[str]:
    wanted = [key for key in keys if key]
    found = Session.objects.filter(session_key__in=wanted, expire_date__gt=timezone.now())
    return frozenset(found.values_list("session_key", flat=True))


@dataclass(frozen=True)
class AreaWatch:
    """Who answers for an area, and when one of them was last seen before a display."""

    id: int
    name: str
    is_default: bool
    assigned: tuple[str, ...]
    seen_at: datetime | None


def areas_of(user: User) -> frozenset[int]:
    """Where this person may act. The default area is open to every operator until somebody is assigned to it."""
    open_to_all = Area.objects.filter(is_default=True, assignments__isnull=True)
    mine = Area.objects.filter(Q(assignments__user=user) | Q(pk__in=open_to_all.values("pk")))
    return frozenset(mine.values_list("pk", flat=True))


def areas_in_words(user: User) -> str:
    """For the frame: their names, or how many of all, where that is longer than a name."""
    mine, everywhere = areas_of(user), Area.objects.count()
    if len(mine) == everywhere:
        return "whole network"
    names = list(Area.objects.filter(pk__in=mine).values_list("name", flat=True)[:2])
    if len(mine) > len(names):
        return f"{len(mine)} of {everywhere} areas"
    return ", ".join(names) or "no area"


def area_members(mrids: Collection[str]) -> dict[str, int]:
    rows = AreaMember.objects.filter(mrid__in=mrids).values_list("mrid", "area_id")
    return {str(mrid): area for mrid, area in rows}


def area_watch() -> list[AreaWatch]:
    acting = [role for role, may in ROLE_PERMISSIONS.items() if Permission.ACKNOWLEDGE_ALARMS in may]
    seen = {
        presence.user_id: presence.seen_at
        for presence in Presence.objects.filter(user__role__in=acting, user__is_active=True)
    }
    rows = Area.objects.prefetch_related("assignments__user")
    return [_watch(area, list(area.assignments.all()), seen) for area in rows]


def _watch(area: Area, assignments: list[AreaAssignment], seen: dict[int, datetime]) -> AreaWatch:
    everybody = area.is_default and not assignments
    who = seen.keys() if everybody else {one.user_id for one in assignments}
    instants = [seen[user] for user in who if user in seen]
    return AreaWatch(
        id=area.pk,
        name=area.name,
        is_default=area.is_default,
        assigned=tuple(sorted(one.user.get_username() for one in assignments)),
        seen_at=max(instants, default=None),
    )

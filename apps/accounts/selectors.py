from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.contrib.sessions.models import Session
from django.db.models import Count, Q
from django.utils import timezone

from apps.accounts.choices import Permission
from apps.accounts.models import ApiToken, SignInAttempt, User
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

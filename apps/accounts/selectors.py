from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.db.models import Count, Q

from apps.accounts.models import ApiToken, SignInAttempt
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

"""The customer's own door: a link that opens once, and the session that it opens. Both are kept as hashes only."""

import hashlib
import secrets
from datetime import datetime

from django.db import transaction

from apps.accounts.models import User
from apps.audit import services as audit
from apps.demand_response.choices import LINK_LIFE, SESSION_LIFE, EnrolmentStatus
from apps.demand_response.models import Enrolment, SelfServiceLink, SelfServiceSession
from apps.dispatch.services.refusal import Refused

_LONGEST = 100


@transaction.atomic
def make_link(*, enrolment: Enrolment, by: User | None, as_of: datetime) -> str:
    """The token of the address, shown now and never again. Links of before that nobody opened end."""
    enrolment.links.filter(used_at__isnull=True, withdrawn_at__isnull=True).update(withdrawn_at=as_of)
    token = secrets.token_urlsafe(32)
    SelfServiceLink.objects.create(
        enrolment=enrolment, digest=_digest(token), made_at=as_of, made_by=by, expires_at=as_of + LINK_LIFE
    )
    target = f"demand-enrolment/{enrolment.pk}"
    audit.record(actor=by, action="demand.link-made", target=target, detail={}, at=as_of)
    return token


@transaction.atomic
def open_link(*, token: str, as_of: datetime) -> str:
    """The key of a session for the browser's cookie. Of two who open it at once one is refused, in the same words as
    for a link that never was."""
    used = SelfServiceLink.objects.filter(
        digest=_digest(token), used_at__isnull=True, withdrawn_at__isnull=True, expires_at__gt=as_of
    ).update(used_at=as_of)
    if used != 1:
        raise Refused("This link is not valid any more. Ask your program for a new one.")
    link = SelfServiceLink.objects.get(digest=_digest(token))
    key = secrets.token_urlsafe(32)
    SelfServiceSession.objects.create(
        enrolment_id=link.enrolment_id, digest=_digest(key), begun_at=as_of, expires_at=as_of + SESSION_LIFE
    )
    target = f"demand-enrolment/{link.enrolment_id}"
    audit.record(actor=None, action="demand.link-opened", target=target, detail={}, at=as_of)
    return key


def enrolment_of(*, key: str, as_of: datetime) -> Enrolment | None:
    """Whose page the browser with this key may see. After leaving, own data are seen until the session ends."""
    session = (
        SelfServiceSession.objects.filter(digest=_digest(key), ended_at__isnull=True, expires_at__gt=as_of)
        .select_related("enrolment__program__wording", "enrolment__customer", "enrolment__ven")
        .first()
    )
    return session.enrolment if session else None


def end_session(*, key: str, as_of: datetime) -> None:
    SelfServiceSession.objects.filter(digest=_digest(key), ended_at__isnull=True).update(ended_at=as_of)


def is_open_to_enrol(enrolment: Enrolment) -> bool:
    return enrolment.program.is_active and enrolment.may_become(EnrolmentStatus.ENROLLED)


def _digest(token: str) -> str:
    return hashlib.sha256(token[:_LONGEST].encode("utf-8", "replace")).hexdigest()

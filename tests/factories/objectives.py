"""What a person set as goals."""

from datetime import datetime

from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.dispatch.models import ObjectiveVersion
from apps.dispatch.selectors.objectives import objectives_now
from apps.dispatch.services.objectives import set_objectives


def wanted(*, as_of: datetime | None = None, **values: float | None) -> ObjectiveVersion:
    """On top of what counts."""
    by, _ = User.objects.get_or_create(username="olga", defaults={"role": Role.SUPERVISOR})
    return set_objectives(
        replaces=objectives_now().version, reason="Wanted.", values=values, by=by, as_of=as_of or timezone.now()
    )

"""A study of a state that a test sets."""

from django.utils import timezone

from apps.accounts.models import User
from apps.assets.models import NetworkModel
from apps.studies.adapters.base import Base
from apps.studies.choices import BaseKind
from apps.studies.models import Study


def study_of(base: Base, model: NetworkModel, by: User) -> Study:
    now = timezone.now()
    return Study.objects.create(
        name="Ring",
        author=by,
        created_at=now,
        base_kind=BaseKind.LIVE,
        base_as_of=now,
        network_model=model,
        base=base.packed(),
        base_digest=base.digest(),
    )

"""What nobody measures of a microgrid: how its equipment is believed to behave, and what things are worth."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from apps.accounts.models import User
from apps.audit import services as audit
from apps.dispatch.services.refusal import Refused
from apps.live import services as live
from apps.microgrids.choices.transition import MICROGRIDS
from apps.microgrids.models import Microgrid, ReadinessTerms, ScheduleTerms


@transaction.atomic
def enter_terms(
    *, microgrid: Microgrid, readiness: Mapping[str, Any], schedule: Mapping[str, Any], by: User, as_of: datetime
) -> None:
    """Only what is named changes; the next runs use it. Raises Refused with the field and the remedy."""
    before = {
        **_enter(ReadinessTerms.objects.select_for_update().get_or_create(microgrid=microgrid)[0], readiness),
        **_enter(ScheduleTerms.objects.select_for_update().get_or_create(microgrid=microgrid)[0], schedule),
    }
    after = {**readiness, **schedule}
    target = f"microgrid/{microgrid.mrid}"
    audit.record(actor=by, action="microgrid.terms", target=target, detail={"before": before, "after": after}, at=as_of)
    live.record(stream=MICROGRIDS, kind="microgrid.terms", subject=str(microgrid.mrid), payload=after)


def _enter(row: ReadinessTerms | ScheduleTerms, wanted: Mapping[str, Any]) -> dict[str, Any]:
    before = {name: getattr(row, name) for name in wanted}
    for name, value in wanted.items():
        setattr(row, name, value)
    if isinstance(row, ReadinessTerms) and row.shed_important_below > row.shed_deferrable_below:
        raise Refused(
            "shed_important_below: deferrable loads are cut first; give no more than shed_deferrable_below, "
            f"which is {row.shed_deferrable_below:g}."
        )
    try:
        row.full_clean(exclude=["microgrid"])
    except ValidationError as wrong:
        raise Refused("; ".join(f"{name}: {' '.join(said)}" for name, said in wrong.message_dict.items())) from wrong
    row.save()
    return before

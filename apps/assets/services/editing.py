"""Edits of a draft, by form or by CSV: all of them or none, each checked as an import would check it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.assets.choices import ModelStatus
from apps.assets.models import NetworkModel
from apps.assets.rules import ClassSpec, may_edit
from apps.assets.services.edit_context import EditContext, RawEdit
from apps.assets.services.edit_plan import Change, EditFault, Planned, planned
from apps.assets.services.edit_writing import write
from apps.audit import services as audit

__all__ = ["EditFault", "EditOutcome", "EditRefused", "RawEdit", "apply_edits"]

_CHANGES_AUDITED_TOGETHER = 500


class EditRefused(Exception):
    """The version does not take edits, or somebody else edited it in between."""


@dataclass(frozen=True, slots=True)
class EditOutcome:
    changes: tuple[Change, ...] = ()
    faults: tuple[EditFault, ...] = ()
    applied: bool = False
    unchanged: int = field(default=0)


@transaction.atomic
def apply_edits(
    *,
    model_id: int,
    spec: ClassSpec,
    edits: Sequence[RawEdit],
    by: User,
    as_of: datetime,
    preview: bool = False,
    revision: int | None = None,
) -> EditOutcome:
    """With any fault nothing changes. `revision`: what the editor saw; another one is refused."""
    model = NetworkModel.objects.select_for_update(of=("self",)).get(pk=model_id)
    verdict = may_edit(model)
    if not verdict.allowed:
        raise EditRefused(verdict.reason)
    if revision is not None and revision != model.revision:
        raise EditRefused("Somebody else edited this version in between. Load it again and repeat your change.")
    context = EditContext.load(model, spec, edits)
    plans, faults = planned(context, edits)
    changed = [plan for plan in plans if plan.is_change]
    outcome = EditOutcome(
        changes=tuple(Change.of(spec, plan) for plan in changed),
        faults=tuple(faults),
        applied=bool(changed) and not faults and not preview,
        unchanged=len(plans) - len(changed),
    )
    if outcome.applied:
        _carry_out(context, changed, outcome, by=by, as_of=as_of)
    return outcome


def _carry_out(
    context: EditContext, changed: Sequence[Planned], outcome: EditOutcome, *, by: User, as_of: datetime
) -> None:
    write(context, changed)
    model = context.model
    editors = sorted({*model.editor_ids, by.pk})
    NetworkModel.objects.filter(pk=model.pk).update(
        status=ModelStatus.DRAFT, revision=model.revision + 1, editor_ids=editors, checks={}, digest=""
    )
    for start in range(0, len(outcome.changes), _CHANGES_AUDITED_TOGETHER):
        part = outcome.changes[start : start + _CHANGES_AUDITED_TOGETHER]
        detail: dict[str, Any] = {"class": context.spec.name, "changes": [change.document() for change in part]}
        audit.record(actor=by, action="network.edited", target=str(model), detail=detail, at=as_of)

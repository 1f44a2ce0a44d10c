"""A stage as an event of OpenADR: the target is given to its VENs first, and taken back when all is over."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from apps.dispatch.choices.call import StageStatus
from apps.dispatch.models import Call, CallStage
from apps.openadr.models import Program, Ven
from apps.openadr.rules import refusals as openadr
from apps.openadr.services.enrolment import retarget_vens
from apps.openadr.services.events import IntervalDraft, publish_event, withdraw_event

# What VENs are asked to report (ADR 0058).
REPORTS = (
    {"payloadType": "USAGE", "units": "KWH"},
    {"payloadType": "BASELINE", "units": "KWH"},
    {"payloadType": "OPERATING_STATE"},
)


# Of the payloads in a stage's intervals that carry a unit.
_UNITS = {"DISPATCH_SETPOINT_RELATIVE": "PERCENT"}


class CannotPublish(Exception):
    """Why the stage has no event, in words."""


def publish_stage(stage: CallStage, *, call: Call, as_of: datetime) -> None:
    """Raises CannotPublish; then nothing was changed."""
    try:
        with transaction.atomic():
            _publish(stage, call, as_of)
    except openadr.Refused as refusal:
        raise CannotPublish(f"OpenADR: {refusal}") from refusal


def _publish(stage: CallStage, call: Call, as_of: datetime) -> None:
    program = Program.objects.standing().filter(program_name=call.program_name, is_own=True).first()
    if program is None:
        raise CannotPublish(f"There is no program {call.program_name} over OpenADR; activate it first.")
    known = _targets(stage.ven_ids)
    if not known:
        raise CannotPublish(f"None of the VENs of stage {stage.number} is enrolled any more.")
    retarget_vens(targets_by_ven={pk: [*held, stage.target] for pk, held in known.items()}, as_of=as_of)
    stage.openadr_event = publish_event(
        program=program,
        event_name=f"{call.title}, stage {stage.number}"[:128],
        targets=[stage.target],
        starts_at=stage.starts_at,
        intervals=[_interval(one) for one in stage.intervals],
        report_descriptors=REPORTS,
        payload_descriptors=_descriptors(stage.intervals),
        as_of=as_of,
    )
    stage.status, stage.published_at = StageStatus.PUBLISHED, as_of
    stage.save(update_fields=["openadr_event", "status", "published_at"])


@transaction.atomic
def withdraw_stage(stage: CallStage, *, reason: str, as_of: datetime) -> None:
    if stage.openadr_event is not None:
        withdraw_event(event=stage.openadr_event, reason=reason, as_of=as_of)
    stage.status, stage.reason = StageStatus.CANCELLED, reason[:300]
    stage.save(update_fields=["status", "reason"])
    release_stage(stage, as_of=as_of)


@transaction.atomic
def release_stage(stage: CallStage, *, as_of: datetime) -> None:
    """Its VENs carry its target no more."""
    left = {pk: [one for one in held if one != stage.target] for pk, held in _targets(stage.ven_ids).items()}
    retarget_vens(targets_by_ven=left, as_of=as_of)
    stage.released_at = as_of
    stage.save(update_fields=["released_at"])


def take_out(stage: CallStage, *, ven_id: int, as_of: datetime) -> None:
    """One VEN less, before or while the event runs."""
    left = {pk: [one for one in held if one != stage.target] for pk, held in _targets([ven_id]).items()}
    retarget_vens(targets_by_ven=left, as_of=as_of)


def _targets(ven_ids: Sequence[int]) -> dict[int, list[str]]:
    return dict(Ven.objects.standing().filter(pk__in=ven_ids).values_list("pk", "targets"))


def _interval(stored: Mapping[str, Any]) -> IntervalDraft:
    return IntervalDraft(duration=timedelta(seconds=stored["duration_s"]), payloads=stored["payloads"])


def _descriptors(intervals: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    used = dict.fromkeys(payload["type"] for one in intervals for payload in one["payloads"])
    return [
        {"objectType": "EVENT_PAYLOAD_DESCRIPTOR", "payloadType": kind}
        | ({"units": _UNITS[kind]} if kind in _UNITS else {})
        for kind in used
    ]

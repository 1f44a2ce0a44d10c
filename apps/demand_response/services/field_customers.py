"""What the demo's program manager has done: two programs, and the homes of the field enrolled by signed papers."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.assets.choices import CustomerClass
from apps.demand_response.choices import DeviceKind, ImportKind, ImportState, Objective
from apps.demand_response.models import DemandProgram, ImportRun
from apps.demand_response.services import import_runs, programs
from apps.demand_response.services.credentials import Issued, issue_credentials
from apps.dispatch.services.refusal import Refused

_ASSUMED = "Prices are assumptions of the demo: enter those of your own contracts."
_CONSENT = (
    "We may ask your equipment to use less for a while, at most as often as the program says, and read your meter "
    "every quarter of an hour to work out what you are paid. You can stay out of any event and leave at any time."
)
PROGRAMS: tuple[Mapping[str, Any], ...] = (
    {
        "title": "Evening peak",
        "description": f"Homes and businesses use less for an hour or two while the city draws most. {_ASSUMED}",
        "objective": Objective.PEAK,
        "classes": [CustomerClass.RESIDENTIAL, CustomerClass.COMMERCIAL],
        "notice_min": 2,
        "longest_event_min": 120,
        "most_events_a_month": 10,
        "most_hours_a_day": 3.0,
        "bill_credit_eur_per_event": 1.0,
        "energy_eur_per_kwh": 0.30,
        "approval_above_customers": 500,
    },
    {
        "title": "Feeder relief",
        "description": f"Equipment that can wait helps where a feeder is loaded most. {_ASSUMED}",
        "objective": Objective.CONGESTION,
        "equipment": [DeviceKind.THERMOSTAT, DeviceKind.EV_CHARGER, DeviceKind.BATTERY, DeviceKind.INDUSTRIAL],
        "notice_min": 2,
        "longest_event_min": 180,
        "most_events_a_month": 20,
        "most_hours_a_day": 4.0,
        "energy_eur_per_kwh": 0.45,
        "penalty_eur_per_kwh": 0.10,
        "approval_above_customers": 500,
    },
)


class NotEnrolled(Exception):
    """The list of the field's customers was not taken; the text says why."""


@transaction.atomic
def prepare_field_customers(*, sheet: Callable[[], bytes], by: User, as_of: datetime) -> list[Issued]:
    """Once, as a program manager does it: programs, the file looked at and confirmed, identities. Who was given one now
    is told; nobody, where there are programs already. Raises NotEnrolled."""
    if DemandProgram.objects.exists():
        return []
    content, issued = sheet(), []
    for fields in PROGRAMS:
        words = {"consent_purpose": f"Demand response: {fields['title']}", "consent_text": _CONSENT}
        program = programs.create_program(fields={**fields, **words}, by=by, as_of=as_of)
        program = programs.activate_program(program=program, by=by, as_of=as_of)
        _enrol(program, content, by=by, as_of=as_of)
        issued += _identities(program, by=by, as_of=as_of)
    return issued


def _enrol(program: DemandProgram, content: bytes, *, by: User, as_of: datetime) -> None:
    """Whom the program's rules leave out is named in the run, as for any file."""
    run = import_runs.hand_over(
        kind=ImportKind.CUSTOMERS, file_name="customers.csv", content=content, program=program, by=by, as_of=as_of
    )
    run = import_runs.check_run(run=run, as_of=as_of)
    if run.state == ImportState.PREVIEWED:
        run = import_runs.confirm_run(run=run, leave_out_bad=True, by=by, as_of=as_of)
        run = import_runs.do_import(run=run, as_of=as_of)
    _insist(run)


def _insist(run: ImportRun) -> None:
    if run.state != ImportState.DONE:
        raise NotEnrolled(run.reason or "The list of customers could not be imported.")


def _identities(program: DemandProgram, *, by: User, as_of: datetime) -> list[Issued]:
    try:
        return issue_credentials(program=program, by=by, as_of=as_of)
    except Refused:
        return []  # a program whose customers all have one by another

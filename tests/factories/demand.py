"""Programs, their managers and customers as a file tells them; no network and no processes."""

import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.demand_response.choices import ImportKind, Objective
from apps.demand_response.models import Customer, DemandProgram, Enrolment, ImportRun
from apps.demand_response.services.import_runs import check_run, confirm_run, do_import, hand_over
from apps.demand_response.services.programs import activate_program, create_program

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
HEAD = "reference,class,usage_point,name,email,device,kind,device_kw,consent_date,critical_reason"
DAY_HEAD = "usage_point,day,minutes,readings"
KINDS = ("thermostat", "ev_charger", "water_heater", "battery")


def manager(name: str) -> User:
    return User.objects.create_user(name, password=None, role=Role.PROGRAM_MANAGER)


def program(by: User, *, is_active: bool = True, as_of: datetime = NOW, **fields: Any) -> DemandProgram:
    told = {
        "title": "Evening peak",
        "objective": Objective.PEAK,
        "consent_purpose": "Taking part in the program",
        "consent_text": "Readings of my meter are used to ask me for less at peaks and to work out what I am paid.",
    }
    made = create_program(fields=told | fields, by=by, as_of=as_of)
    return activate_program(program=made, by=by, as_of=as_of) if is_active else made


def sheet(count: int, *, prefix: str = "C", bad: int = 0, consent: str = "2026-11-01", seed: int = 1) -> bytes:
    """Of so many customers a row each; `bad` of the rows spread over it have one of ten faults."""
    rng = np.random.default_rng(seed)
    kinds, kw = rng.integers(0, len(KINDS), count), rng.uniform(0.5, 11.0, count)
    out = io.StringIO()
    out.write(f"{HEAD}\n")
    wrong = set(rng.choice(np.arange(count), bad, replace=False).tolist()) if bad else set()
    for n in range(count):
        fields = [f"{prefix}{n:06d}", "residential", f"{prefix}-M{n:06d}", f"Customer {n}", f"c{n}@example.org"]
        fields += [f"device {n}", KINDS[kinds[n]], f"{kw[n]:.2f}", consent, ""]
        out.write(",".join(_spoilt(fields, n) if n in wrong else fields) + "\n")
    return out.getvalue().encode()


def _spoilt(fields: list[str], n: int) -> list[str]:
    place, value = (
        (0, ""), (1, "castle"), (2, ""), (4, "no address"), (6, "toaster"), (7, "much"), (7, "-3"), (8, "2030-01-01"),
        (8, "31.11.26"), (9, "life support"),
    )[n % 10]  # fmt: skip
    return [*fields[:place], value, *fields[place + 1 :]]


def handed(
    content: bytes, by: User, within: DemandProgram | None, *, kind: ImportKind = ImportKind.CUSTOMERS, **more: Any
) -> ImportRun:
    run = hand_over(kind=kind, file_name="file", content=content, program=within, by=by, as_of=NOW, **more)
    return check_run(run=run, as_of=NOW)


def imported(content: bytes, by: User, within: DemandProgram | None, **more: Any) -> ImportRun:
    run = handed(content, by, within, **more)
    return do_import(run=confirm_run(run=run, leave_out_bad=True, by=by, as_of=NOW), as_of=NOW)


def enrolled(by: User, within: DemandProgram, count: int = 1, *, prefix: str = "C") -> list[Enrolment]:
    imported(sheet(count, prefix=prefix), by, within)
    return list(within.enrolments.filter(customer__reference__startswith=prefix).select_related("customer"))


def customer(by: User, reference: str) -> Customer:
    return by.demand_customers.get(reference=reference)


def day_row(usage_point: str, day: date, *, minutes: int = 15, kwh: float = 0.25, count: int = 96) -> str:
    return f"{usage_point},{day},{minutes}," + " ".join([f"{kwh}"] * count)


def days_before(count: int) -> list[date]:
    return [NOW.date() - timedelta(days=n) for n in range(count, 0, -1)]

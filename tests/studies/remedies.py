"""Does the first-ranked remedy end the trouble, and is what came of it inside what was promised?

    python -m tests.studies remedies --draws 200 --json DIR

Each draw: the simulated field gets into trouble, in one of eight ways, until its true state is beyond a limit. The
control room sees it by its meters, the desks propose, the first of the list is approved and carried out in the field,
whose impedances are not the model's. `Ended` is judged on the field's true state two minutes later. The receipt is the
control room's own, from its meters, when it is due; loads move on meanwhile. Receipts are carried along from draw to
draw, as in a site. Without --grid, each of four networks has its share of the draws, and a site of its own.
"""

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from unittest.mock import patch

import numpy as np
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.assets.models import NetworkModel
from apps.dispatch.choices.proposal import Breach, ProposalStatus, ReceiptOutcome
from apps.dispatch.models import Proposal, Receipt, Trouble
from apps.dispatch.selectors.proposals import standing
from apps.dispatch.services import decisions, execution, receipts
from apps.dispatch.services.refusal import Refused
from apps.dispatch.services.scenes import live_scene
from apps.optimization.choices import RunTrigger
from apps.optimization.services import runs
from tests.factories.field import make_room
from tests.studies.remedy_cases import Case, Draw, Site, told
from tests.studies.remedy_table import NotCommandable, Table
from tests.studies.remedy_troubles import KINDS, moment_of

GRIDS = (
    "simbench:1-MV-urban--1-sw",
    "simbench:1-MV-semiurb--1-sw",
    "simbench:1-MV-rural--1-sw",
    "simbench:1-MV-comm--1-sw",
)
JUDGED_S = 120  # after the last order
TWO = "two feeders at once"
MOST_TRIES = 8  # for a draw that comes to no trouble
RECEIPT = (
    *("desk", "kind", "unit", "is_taken", "is_inside", "said_ends", "ends", "confidence", "raw_confidence"),
    *("expected", "realised", "low", "high", "raw_low", "raw_high"),
)
MADE = 1.005  # of a limit that was kept before


def draw(table: Table, grid: str, seed: int, kind: str) -> Draw | None:
    """None where this place, hour and way come to no trouble."""
    generator = np.random.default_rng(seed)
    moment = moment_of(table, generator)
    table.reset(moment)
    if not KINDS[kind](table, generator):
        return None
    table.scan()
    found, left = Draw(), _look(table, kind)
    found.is_seen = bool(left)
    for _ in range(_troubles_of(kind)):
        if not left:
            break
        trouble, case = _answered(table, left, Case(grid, seed, kind, f"{moment:%d %b %H:%M}"))
        found.cases.append(case)
        if len(found.cases) < _troubles_of(kind):
            others = {one.pk for one in left} - {trouble.pk}
            left = [one for one in _look(table, kind) if one.pk in others]
            found.along += len(others) - len(left)
    _clear(table)
    return found


def _troubles_of(kind: str) -> int:
    """How many are answered; one regulator alone makes ten, which one remedy ends."""
    return 2 if kind == TWO else 1


def _look(table: Table, kind: str) -> list[Trouble]:
    """The desks' run on the gravest and on the losses; what stands of limits that are broken, the gravest first."""
    run = runs.begin_run(trigger=RunTrigger.ASKED, as_of=table.now)
    with patch.object(runs, "MOST_TROUBLES", 1 + _troubles_of(kind)):  # more would not be answered in a draw
        runs.carry_out(run_id=run.pk, clock=lambda: table.now)
    rows = Trouble.objects.standing().exclude(breach=Breach.LOSSES)
    return sorted(rows, key=lambda one: -abs(one.value - (one.limit or 0)) / (one.limit or 1))


def _answered(table: Table, left: Sequence[Trouble], case: Case) -> tuple[Trouble, Case]:
    """The first of the list among the remedies of these troubles, taken; or why there is none."""
    wanted = {one.pk for one in left}
    order = [one for one in standing(table.now) if one.proposal.trouble_id in wanted and not one.conflict]
    first = order[0].proposal if order else None
    trouble = next((one for one in left if first and one.pk == first.trouble_id), left[0])
    case.breach, case.place, case.value = trouble.breach, trouble.place, trouble.value
    if first is None:
        case.answer = trouble.finding
        return trouble, case
    case.title, case.by = first.title, f"{first.desk}: {first.kind}"
    case.said_ends, case.confidence, case.answered = bool(first.ends), first.confidence or 0.0, True
    _take(table, trouble, first, case)
    return trouble, case


def _take(table: Table, trouble: Trouble, first: Proposal, case: Case) -> None:
    before = table.everything()
    try:
        decisions.approve(proposal_id=first.pk, by=table.by, as_of=table.now)
        table.carry_out(first)
    except (Refused, NotCommandable) as refusal:
        case.fault = str(refusal)
        return
    table.pass_time(JUDGED_S)
    case.truth = table.of(trouble)
    case.ended = case.truth <= 1.0
    case.made = int(((before <= 1.0) & (table.everything() > MADE)).sum())
    table.scan(1)
    execution.observe(live_scene(as_of=table.now))
    table.pass_time(settings.RECEIPT_AFTER_S + first.time_to_effect_s)
    table.scan(1)
    case.stays_ended = table.of(trouble) <= 1.0
    receipts.settle_receipts(live_scene(as_of=table.now))
    receipt = Receipt.objects.filter(proposal=first).first()
    if receipt is not None:
        case.outcome, case.inside = receipt.outcome, bool(receipt.is_inside)
        case.expected, case.low, case.high = receipt.expected, receipt.low, receipt.high
        case.realised = receipt.realised or 0.0


def _clear(table: Table) -> None:
    """What stands belongs to a state that is reset now; receipts stay."""
    Trouble.objects.standing().update(ended_at=table.now)
    Proposal.objects.open().update(status=ProposalStatus.WITHDRAWN, reason="end of the draw")
    Receipt.objects.filter(outcome=ReceiptOutcome.DUE).update(outcome=ReceiptOutcome.VOID, reason="end of the draw")


def site(grid: str, arguments: argparse.Namespace, count: int) -> Site:
    """Troubles of all kinds in turn; a kind that this network cannot have is left out after some tries."""
    found = Site()
    with transaction.atomic():
        if NetworkModel.objects.exists():
            raise SystemExit("The database has a network already. Name an empty one in DATABASE_URL.")
        begun = timezone.now()
        room = make_room(grid, arguments.cache, started_at=begun, seed=arguments.seed)
        by = User.objects.create_user("study", role=Role.OPERATOR)
        table = Table(room, begun, by)
        seed, kinds = arguments.seed * 100_000, list(KINDS)
        while kinds and len(found.cases) < count:
            kind = kinds.pop(0)
            drawn, seed = _tried(table, grid, seed, kind)
            if drawn is not None:
                found.draws.append(drawn)
                kinds.append(kind)
                _write(arguments, [asdict(case) for case in drawn.cases])
        rows = list(Receipt.objects.filter(outcome=ReceiptOutcome.SCORED).order_by("id").values(*RECEIPT))
        found.paper = [row["is_inside"] for row in rows if not row["is_taken"]]
        _write(arguments, rows)
        transaction.set_rollback(True)
    return found


def _tried(table: Table, grid: str, seed: int, kind: str) -> tuple[Draw | None, int]:
    for _ in range(MOST_TRIES):
        seed += 1
        drawn = draw(table, grid, seed, kind)
        if drawn is not None:
            return drawn, seed
    return None, seed


def run(arguments: argparse.Namespace) -> str:
    grids = [arguments.grid] if arguments.grid else list(GRIDS)
    begun = time.perf_counter()
    sites = {grid: site(grid, arguments, -(-arguments.draws // len(grids))) for grid in grids}
    return f"{told(sites)}\n{time.perf_counter() - begun:.0f} s"


def _write(arguments: argparse.Namespace, rows: list[dict[str, Any]]) -> None:
    """As they come, a line each."""
    if arguments.json:
        arguments.json.mkdir(parents=True, exist_ok=True)
        with (arguments.json / f"remedies-{arguments.seed}.jsonl").open("a") as file:
            file.writelines(f"{json.dumps(row)}\n" for row in rows)

"""The demo's first event: a program manager asks for it, the shift supervisor approves it; once, by the same checks as
any other."""

from datetime import datetime, timedelta

from apps.accounts.models import User
from apps.demand_response.choices import DESK, Objective
from apps.demand_response.models import DemandProgram
from apps.demand_response.selectors.certainty import certainties
from apps.demand_response.selectors.members import members
from apps.demand_response.services.refusal import WrongField
from apps.demand_response.services.strategies import WishedFor, ask_for_strategy, work_out
from apps.dispatch.choices.call import CallStatus
from apps.dispatch.models import Call
from apps.dispatch.services.calls import approve_call, submit_call
from apps.dispatch.services.refusal import Refused

LASTS = timedelta(minutes=60)
SHARE = 0.8  # of what is there
MADE, THERE = "made", "there is one already"


def ask_first_call(*, manager: User, approver: User, as_of: datetime) -> str:
    """MADE, THERE, or why there can be none now: a state or a forecast that is not there yet, most often."""
    program = DemandProgram.objects.filter(objective=Objective.CONGESTION, is_active=True).order_by("pk").first()
    if program is None:
        return "There is no program that could call anybody."
    if Call.objects.filter(desk=DESK).exclude(status__in=(CallStatus.DRAFT, CallStatus.EXPIRED)).exists():
        return THERE
    begin = as_of + timedelta(minutes=program.notice_min + 1)
    try:
        return _asked(program, begin, manager=manager, approver=approver, as_of=as_of)
    except (Refused, WrongField) as refusal:
        return str(refusal)


def _asked(program: DemandProgram, begin: datetime, *, manager: User, approver: User, as_of: datetime) -> str:
    end = begin + LASTS
    found = members(program, certainties(program.pk, as_of=as_of, at=begin), starts_at=begin, ends_at=end)
    wanted_kw = SHARE * sum(one.kw[1] for one in found.callable())
    strategy = ask_for_strategy(program=program, wish=WishedFor(begin, end, wanted_kw), by=manager, as_of=as_of)
    done = work_out(strategy_id=strategy.pk, as_of=as_of)
    if done is None or done.call is None:
        return " ".join([done.reason, *done.relaxation]) if done else "Another worker has it."
    call = submit_call(call_id=done.call.pk, by=manager, as_of=as_of)
    if call.status == CallStatus.SUBMITTED:
        approve_call(call_id=call.pk, by=approver, as_of=as_of)
    return MADE

"""While an event runs: what is missing is asked of customers who have not been called."""

from datetime import datetime, timedelta
from uuid import UUID

from apps.accounts.models import User
from apps.demand_response.models import Strategy
from apps.demand_response.services.strategies import WishedFor, ask_for_strategy
from apps.dispatch.choices.call import CallStatus
from apps.dispatch.models import Call
from apps.dispatch.services.refusal import Refused

LEAST_LEFT = timedelta(minutes=30)  # a quarter of an hour to begin, and one to last


def ask_for_supplement(*, call: Call, wanted_kw: float, by: User, as_of: datetime) -> Strategy:
    """Raises Refused where nothing runs or too little time is left, and WrongField."""
    if CallStatus(call.status) != CallStatus.ACTIVE:
        raise Refused(f"Only what runs has a shortfall; this is {call.get_status_display().lower()}.")
    if call.ends_at - as_of < LEAST_LEFT:
        raise Refused("Less than half an hour is left: another stage would begin too late to help.")
    first = Strategy.objects.select_related("program").get(call=call)
    wish = WishedFor(
        starts_at=as_of,
        ends_at=call.ends_at,
        wanted_kw=wanted_kw,
        feeders=[UUID(mrid) for mrid in first.feeder_mrids],
        supplements=call,
    )
    return ask_for_strategy(program=first.program, wish=wish, by=by, as_of=as_of)

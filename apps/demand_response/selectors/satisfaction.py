"""How customers took an event: what they said, how often they are asked, who bears it."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from apps.demand_response.adapters.evaluation_documents import number
from apps.demand_response.adapters.settling import fair
from apps.demand_response.choices import PRESENT, Answer
from apps.demand_response.models import CustomerOutcome, Enrolment, Participation, Survey
from apps.demand_response.selectors.asked import SENT, Asked

SEASON = timedelta(days=90)
MONTH = timedelta(days=30)


def satisfaction(
    asked: Sequence[Asked], program_id: int, outcomes: Sequence[CustomerOutcome], *, as_of: datetime
) -> dict[str, Any]:
    out = [one for one in asked if one.opted_out]
    by_equipment = sum(one.participation.opted_out_at is None for one in out)
    saved = [max(one.delivered_kwh or 0.0, 0.0) for one in outcomes if one.delivered_kwh is not None]
    return {
        "asked": len(asked),
        "opted_out": len(out) - by_equipment,
        "overrides": by_equipment,
        "opt_out_share": number(len(out) / len(asked)),
        "reasons": dict(Counter(one.participation.opt_out_reason or "not said" for one in out).most_common(8)),
        "silent": sum(one.participation.last_report_at is None for one in asked),
        "faulty": sum(one.participation.answer == Answer.FAULTY for one in asked),
        "gini_kwh": number(fair(saved).gini),
        **_frequency(program_id, as_of),
    }


def survey_answers(call_id: int) -> dict[str, Any]:
    """Read whenever it is shown: answers come after the evaluation."""
    rows = list(Survey.objects.filter(participation__stage__call=call_id).values_list("comfort", "again"))
    asked = Participation.objects.filter(stage__call=call_id, stage__status__in=SENT).count()
    return {
        "asked": asked,
        "answers": len(rows),
        "comfort": number(sum(comfort for comfort, _ in rows) / len(rows), 2) if rows else None,
        "again_share": number(sum(again for _, again in rows) / len(rows)) if rows else None,
    }


def _frequency(program_id: int, as_of: datetime) -> dict[str, Any]:
    """Events of each enrolled customer, also of those never asked."""
    everybody = Enrolment.objects.filter(program=program_id, status__in=PRESENT).values_list("pk", flat=True)
    rows = Participation.objects.filter(enrolment__program=program_id, stage__status__in=SENT)
    season = Counter(rows.filter(stage__starts_at__gt=as_of - SEASON).values_list("enrolment_id", flat=True))
    month = Counter(rows.filter(stage__starts_at__gt=as_of - MONTH).values_list("enrolment_id", flat=True))
    each = fair([float(season[key]) for key in everybody])
    return {
        "events_30_days_most": max(month.values(), default=0),
        "events_90_days_most": number(each.highest, 0),
        "events_90_days_least": number(each.lowest, 0),
        "gini_events": number(each.gini),
    }

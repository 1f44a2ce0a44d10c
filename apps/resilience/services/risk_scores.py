"""What runs said, against what was recorded since."""

from datetime import datetime, timedelta

from django.db import transaction

from apps.resilience.adapters.risk_scores import scored
from apps.resilience.choices.risk import LEADS_H, RiskOutcome
from apps.resilience.models import RiskRun, RiskScore
from apps.resilience.selectors.risk_inputs import feeders_hit

SCORED_BACK = timedelta(days=14)
SETTLES_AFTER = timedelta(hours=1)  # an outage is recorded while it lasts
DAY = timedelta(days=1)


@transaction.atomic
def score_runs(*, as_of: datetime) -> int:
    """Each day of each day's first run, once it is over."""
    runs = RiskRun.objects.filter(is_of_the_day=True, outcome=RiskOutcome.DONE, as_of__gte=as_of - SCORED_BACK)
    made = 0
    for run in runs.prefetch_related("scores").order_by("id"):
        known = {score.lead_h for score in run.scores.all()}
        for place, lead_h in enumerate(LEADS_H):
            end = run.starts_at + timedelta(hours=lead_h)
            if lead_h in known or not run.feeders or as_of < end + SETTLES_AFTER:
                continue
            _score(run, place, lead_h, as_of)
            made += 1
    return made


def _score(run: RiskRun, place: int, lead_h: int, as_of: datetime) -> None:
    end = run.starts_at + timedelta(hours=lead_h)
    hit = feeders_hit(set(run.feeders), begin=end - DAY, end=end)
    said = [(one["p"][place], one["climatology"], mrid in hit) for mrid, one in run.feeders.items()]
    found = scored(said)
    RiskScore.objects.create(
        run=run,
        lead_h=lead_h,
        feeders=len(said),
        outages=len(hit),
        brier=found.brier,
        climatology=found.climatology,
        bins=found.bins,
        scored_at=as_of,
    )

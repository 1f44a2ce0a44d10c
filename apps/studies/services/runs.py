"""Computations on a study. They read the study's own rows and write the run's: nothing else."""

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

import numpy as np
from django.conf import settings
from django.db import transaction

from apps.accounts.models import User
from apps.state.adapters import ENGINE_VERSION
from apps.state.selectors.fault_levels import SOURCE_RX
from apps.state.services.security_words import sentence
from apps.studies.adapters.base import Base
from apps.studies.adapters.changes import q_per_kw
from apps.studies.adapters.comparing import compared
from apps.studies.adapters.flow import MOST_LISTED, Flow, figures, flow_of, frame_of, violations
from apps.studies.adapters.options import Asked, Defaults, asked_nodes, checked_options
from apps.studies.adapters.security import NoBase, addition, fault_documents, hosted, screened
from apps.studies.adapters.studied import Studied, studied
from apps.studies.choices import ChangeKind, Flowing, RunKind, RunOutcome
from apps.studies.models import Study, StudyRun
from apps.studies.rules import Refused, must_be_open
from apps.studies.selectors.documents import plain_changes
from apps.studies.selectors.places import nodes_of, place_of

KEPT_RUNS = 100  # of one study; older ones can be computed again
SMALL_HOSTING = 20
SMALL_SCREENING = 3000

Changes = list[dict[str, Any]]
Progress = Callable[[float], None]


@transaction.atomic
def begin_run(*, study_id: int, given: Mapping[str, Any], by: User, as_of: datetime) -> StudyRun:
    """A run with everything that it computes from, not yet computed."""
    study = Study.objects.select_related("network_model").defer("base").get(pk=study_id)
    must_be_open(study)
    kind = given.get("kind")
    if kind not in RunKind.values:
        raise Refused("kind", f"Give one of: {', '.join(RunKind.values)}.")
    options = checked_options(RunKind(str(kind)), given, _asked(study))
    changes = plain_changes(list(study.changes.all()))
    run = StudyRun.objects.create(
        study=study,
        kind=str(kind),
        options=options,
        changes=changes,
        inputs=_digest(study, str(kind), options, changes),
        made_by=by,
        made_at=as_of,
        engine_version=ENGINE_VERSION,
    )
    old = study.runs.order_by("-id").values_list("pk", flat=True)[KEPT_RUNS:]
    StudyRun.objects.filter(pk__in=list(old)).delete()
    return run


def is_small(run: StudyRun) -> bool:
    """Whether it is done while somebody waits."""
    if run.kind == RunKind.HOSTING:
        network = place_of(run.study.network_model).network
        return len(asked_nodes(network, run.options["mrid"], partial(nodes_of, network))) <= SMALL_HOSTING
    if run.kind == RunKind.N_1:
        network = place_of(run.study.network_model).network
        return len(network.lines) + len(network.transformers) <= SMALL_SCREENING
    return True


def carry_out(*, run_id: int, clock: Callable[[], datetime]) -> StudyRun:
    """May be begun anew by another worker: the result is the same."""
    run = StudyRun.objects.select_related("study__network_model").get(pk=run_id)
    if run.outcome == RunOutcome.DONE:
        return run
    begun = time.perf_counter()
    _keep(run, outcome=RunOutcome.RUNNING, progress=0.0)
    state = _state_of(run.study, run.changes)
    try:
        text, result, frame = _COMPUTE[RunKind(run.kind)](run, state, partial(_tell, run))
        done: dict[str, Any] = {"outcome": RunOutcome.DONE, "text": text[:400], "result": result, "frame": frame}
    except (NoBase, ArithmeticError, np.linalg.LinAlgError) as error:
        done = {"outcome": RunOutcome.FAILED, "text": f"It could not be worked out: {error}"[:400]}
    _keep(run, **done, progress=1.0, finished_at=clock(), duration_ms=1000 * (time.perf_counter() - begun))
    return run


def give_up(*, run: StudyRun, reason: str, as_of: datetime) -> None:
    _keep(run, outcome=RunOutcome.FAILED, text=reason[:400], finished_at=as_of)


def compare(*, study: Study, other: Study | None) -> dict[str, Any]:
    """What the study makes different: from another study, or from its own base where none is named."""
    after = _flow_now(study, plain_changes(list(study.changes.all())))
    before = _flow_now(study, []) if other is None else _flow_now(other, plain_changes(list(other.changes.all())))
    failed = next((flow.state.reason for flow in (before, after) if not flow.state.converged), "")
    return {
        "before": {"study": other.pk if other else None, "name": other.name if other else "Base"},
        "after": {"study": study.pk, "name": study.name},
        "same_network": other is None or other.network_model_id == study.network_model_id,
        "reason": failed,
        **compared(before, after),
    }


def _flow_now(study: Study, changes: Changes) -> Flow:
    return flow_of(_state_of(study, changes), regulate=False)


def _state_of(study: Study, changes: Changes) -> Studied:
    steps = [(ChangeKind(change["kind"]), change["payload"]) for change in changes]
    return studied(Base.unpacked(bytes(study.base)), steps, place_of(study.network_model))


def _asked(study: Study) -> Asked:
    network = place_of(study.network_model).network
    defaults = Defaults(settings.SECURITY_LEAST_KV, settings.SECURITY_LISTED, settings.SOURCE_SHORT_CIRCUIT_MVA)
    return Asked(network, partial(nodes_of, network), defaults)


def _digest(study: Study, kind: str, options: Mapping[str, Any], changes: Changes) -> str:
    steps = [(change["kind"], change["payload"]) for change in changes]
    model = (study.network_model_id, study.network_model.revision)
    told = json.dumps([study.base_digest, model, steps, kind, options, ENGINE_VERSION], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


def _keep(run: StudyRun, **fields: Any) -> None:
    for field, value in fields.items():
        setattr(run, field, value)
    run.save(update_fields=list(fields))


def _tell(run: StudyRun, share: float) -> None:
    _keep(run, progress=share)


Computed = tuple[str, dict[str, Any], bytes]


def _power_flow(run: StudyRun, state: Studied, _: Progress) -> Computed:
    flow = flow_of(state, regulate=run.options["regulate"])
    if not flow.state.converged:
        raise NoBase(flow.state.reason)
    found = violations(flow)
    result = {
        "figures": figures(flow),
        "violations": found[:MOST_LISTED],
        "violation_count": len(found),
        "taps_moved": int((flow.tap_position != state.point.tap_position).sum()),
    }
    as_of_ms = run.study.base_as_of.timestamp() * 1000
    return _verdict(result), result, frame_of(flow, as_of_ms=as_of_ms, sequence=run.pk)


def _verdict(result: Mapping[str, Any]) -> str:
    count, lost = result["violation_count"], result["figures"]["customers_without_supply"]
    limits = f"{count} limit{'s are' if count != 1 else ' is'} broken" if count else "Everything is within its limits"
    return f"{limits}; {lost} customer{'s are' if lost != 1 else ' is'} without supply."


def _regulated(run: StudyRun, state: Studied) -> Studied:
    flow = flow_of(state, regulate=run.options["regulate"])
    if not flow.state.converged:
        raise NoBase(flow.state.reason)
    return flow.studied


def _n_1(run: StudyRun, state: Studied, _: Progress) -> Computed:
    found = screened(_regulated(run, state), least_kv=run.options["least_kv"], most=run.options["listed"])
    found["contingencies"] = [told | {"sentence": sentence(told)} for told in found["contingencies"]]
    text = f"{found['insecure']} of {found['outages']} outages bring something beyond its limits."
    return text, found, b""


def _hosting(run: StudyRun, state: Studied, progress: Progress) -> Computed:
    options, ready = run.options, _regulated(run, state)
    nodes = asked_nodes(state.network, options["mrid"], partial(nodes_of, state.network))
    flowing = Flowing(options["flowing"])
    ratio, *_ = q_per_kw(options, flowing)
    added = addition(1.0 if flowing == Flowing.FEEDS_IN else -1.0, ratio, most_kw=options["most_kw"])
    found = hosted(ready, nodes.tolist(), added, progress=progress)
    result = {"nodes": found, "most_kw": options["most_kw"], "tolerance_kw": added.tolerance_kw}
    word = "feed in" if flowing == Flowing.FEEDS_IN else "draw"
    best = found[0]
    text = f"{best['name']} can {word} {best['capacity_kw']:,.0f} kW more. {best['sentence']}"
    return (text if len(found) == 1 else f"Of {len(found)} nodes the most: {text}"), result, b""


def _short_circuit(run: StudyRun, state: Studied, _: Progress) -> Computed:
    (node,) = asked_nodes(state.network, run.options["mrid"], partial(nodes_of, state.network)).tolist()
    bus = int(state.network.node.bus[node])
    source_mva = run.options["source_mva"]
    levels = fault_documents(state, node, source_mva=source_mva, source_rx=SOURCE_RX)
    greatest = max((level["initial_ka"] or 0.0 for level in levels), default=0.0)
    name = state.network.nodes.name[bus]
    result = {
        "node_mrid": state.network.nodes.mrid[bus],
        "node_name": name,
        "nominal_kv": float(state.network.network.nominal_kv[node]),
        "levels": levels,
        "assumptions": [
            f"Sources: {source_mva:,.0f} MVA each, R/X {SOURCE_RX:g}.",
            "Motors, inverters and plants that were added feed nothing; taps stand in the middle.",
            "Least currents: lines at 80 °C. Faults to earth are left out: the model has no zero-sequence impedances.",
        ],
    }
    return f"{name}: at most {greatest:.2f} kA." if greatest else f"{name} has no supply.", result, b""


_COMPUTE: dict[RunKind, Callable[[StudyRun, Studied, Progress], Computed]] = {
    RunKind.POWER_FLOW: _power_flow,
    RunKind.N_1: _n_1,
    RunKind.HOSTING: _hosting,
    RunKind.SHORT_CIRCUIT: _short_circuit,
}

"""What a voltage plan comes to, as rows keep it: node by node now, extremes and positions step by step."""

from typing import Any

import numpy as np

from apps.assets.adapters import AssembledNetwork
from apps.dispatch.choices.proposal import StepQuantity
from apps.optimization.adapters.live_voltage import LEAST_KVAR, Regulated, node_voltages
from gridops.engine.network.model import FloatArray, IntArray
from gridops.engine.optimization.voltage.flows import COUNTED_PU
from gridops.engine.optimization.voltage.plan import Figures


def figures(done: Regulated) -> dict[str, Any]:
    """Of the whole network over all steps."""
    return {
        "steps": done.problem.n_steps,
        "hours": done.problem.step_hours * done.problem.n_steps,
        "before": _figures(done.plan.found),
        "after": _figures(done.plan.planned),
        "gap": _number(done.plan.gap),
        "rounds": done.plan.rounds,
        "solver_s": round(done.plan.solver_seconds, 3),
    }


def _figures(found: Figures) -> dict[str, Any]:
    names = ("violations", "worst_pu", "loss_kwh", "drawn_kwh", "overloads", "operations")
    return {name: _number(getattr(found, name)) for name in names}


def profile(network: AssembledNetwork, done: Regulated, nodes: IntArray) -> dict[str, Any]:
    """Of now, by the power flow of the plan's first step."""
    return {
        "mrid": [network.nodes.mrid[node] for node in nodes.tolist()],
        "before_pu": _numbers(node_voltages(done, done.untouched, nodes)[0]),
        "after_pu": _numbers(node_voltages(done, done.plan.solution, nodes)[0]),
    }


def course(network: AssembledNetwork, done: Regulated, nodes: IntArray) -> dict[str, Any]:
    """Per step, of these nodes: the lowest and highest voltage and how many are beyond their limits."""
    before = node_voltages(done, done.untouched, nodes)
    after = node_voltages(done, done.plan.solution, nodes)
    return {
        "starts_at": [at.isoformat() for at in done.ahead.starts_at],
        "before": _extremes(network, before, nodes),
        "after": _extremes(network, after, nodes),
        "devices": [*_taps(network, done), *_banks(network, done), *_reactive(network, done)],
    }


def _extremes(network: AssembledNetwork, volts: FloatArray, nodes: IntArray) -> dict[str, Any]:
    low, high = network.node.low_pu[nodes] - COUNTED_PU, network.node.high_pu[nodes] + COUNTED_PU
    known = np.isfinite(volts)
    return {
        "low_pu": _numbers(np.where(known, volts, np.inf).min(axis=1, initial=np.inf)),
        "high_pu": _numbers(np.where(known, volts, -np.inf).max(axis=1, initial=-np.inf)),
        "beyond": ((volts < low) | (volts > high)).sum(axis=1).tolist(),
    }


def _taps(network: AssembledNetwork, done: Regulated) -> list[dict[str, Any]]:
    taps = done.problem.taps
    return [
        {
            **_named(network.transformers.mrid[unit], network.transformers.name[unit], StepQuantity.TAP_POSITION),
            "initial": int(taps.initial[at]),
            "position": done.plan.chosen.tap[:, at].tolist(),
        }
        for unit, at in zip(taps.transformer.tolist(), taps.control.tolist(), strict=True)
    ]


def _banks(network: AssembledNetwork, done: Regulated) -> list[dict[str, Any]]:
    return [
        {
            **_named(network.switches.mrid[bank.switch], network.switches.name[bank.switch], StepQuantity.SWITCH_STATE),
            "initial": int(done.problem.banks.initial[at]),
            "position": done.plan.chosen.bank[:, at].tolist(),
        }
        for at, bank in enumerate(done.devices.banks)
    ]


def _reactive(network: AssembledNetwork, done: Regulated) -> list[dict[str, Any]]:
    """Positive from the node into the plant, as its meter has it; those that are left alone are left out."""
    found = []
    for at, plant in enumerate(done.devices.plants.tolist()):
        now, wanted = done.problem.q_kvar[0, plant], done.plan.chosen.q_kvar[:, at]
        if (np.abs(wanted - done.problem.q_kvar[:, plant]) >= LEAST_KVAR).any():
            named = _named(network.injections.mrid[plant], network.injections.name[plant], StepQuantity.REACTIVE_POWER)
            found.append(
                named | {"initial": round(-float(now), 1), "position": [round(-q, 1) for q in wanted.tolist()]}
            )
    return found


def _named(mrid: str, name: str, quantity: StepQuantity) -> dict[str, Any]:
    return {"mrid": mrid, "name": name, "quantity": quantity.value}


def _numbers(values: FloatArray) -> list[float | None]:
    return [round(float(value), 5) if np.isfinite(value) else None for value in values]


def _number(value: float) -> float | None:
    return round(float(value), 6) if np.isfinite(value) else None

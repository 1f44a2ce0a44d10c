"""Central software may narrow a battery's limits and never widen them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gridops.engine.storage.arrays import FloatArray
from gridops.engine.storage.safety.limits import RUNGS, Limits, Rule

RATINGS = ("charge_kw", "discharge_kw", "current_a")


@dataclass(frozen=True, slots=True)
class Setting:
    """A wish: a rung of a rule by name ('cell voltage high', 'stop'), or a rating ('charge_kw', '')."""

    name: str
    rung: str
    value: FloatArray  # (N,) or (1,)


@dataclass(frozen=True, slots=True)
class Narrowing:
    """The limits in force, and a sentence for each wish that was refused."""

    limits: Limits
    refused: tuple[str, ...]


def narrow(datasheet: Limits, settings: Sequence[Setting]) -> Narrowing:
    """The datasheet's limits with the settings that narrow them; every other one is refused with its reason.

    Wishes for one rule are taken together or not at all, because its rungs must stay in their order.
    """
    limits, refused = datasheet, []
    known = {*RATINGS, *(rule.name for rule in datasheet.rules)}
    refused += [f"{each.name}: there is no such limit." for each in settings if each.name not in known]
    for rating in RATINGS:
        for each in _of(settings, rating):
            reason = _widens(rating, getattr(datasheet, rating), each.value, sign=1.0, source=datasheet.source)
            refused += [reason] if reason else []
            limits = limits if reason else replace(limits, **{rating: np.minimum(getattr(limits, rating), each.value)})
    rules = []
    for rule in datasheet.rules:
        wished = list(_of(settings, rule.name))
        reason = _refusal(rule, wished)
        refused += [reason] if reason else []
        rules.append(rule if reason else _narrowed(rule, wished))
    return Narrowing(replace(limits, rules=tuple(rules)), tuple(refused))


def _of(settings: Iterable[Setting], name: str) -> Iterable[Setting]:
    return (each for each in settings if each.name == name)


def _refusal(rule: Rule, wished: Sequence[Setting]) -> str:
    for each in wished:
        if each.rung not in RUNGS:
            return f"{rule.name}: '{each.rung}' is no rung; those are {', '.join(RUNGS)}."
        label = f"{rule.name}, {each.rung}"
        if reason := _widens(
            label, getattr(rule, each.rung), each.value, sign=rule.sign, source=rule.source, unit=rule.unit
        ):
            return reason
    try:
        _narrowed(rule, wished)
    except ValueError as error:
        return f"{error} Set the rungs before it as well."
    return ""


def _narrowed(rule: Rule, wished: Sequence[Setting]) -> Rule:
    rungs: dict[str, Any] = {each.rung: np.asarray(each.value, dtype=float) for each in wished}
    return replace(rule, **rungs)


def _widens(label: str, allowed: FloatArray, wished: FloatArray, *, sign: float, source: str, unit: str = "") -> str:
    """Why a wish is refused; empty if it narrows. sign: 1 where more is wider, -1 where less is."""
    wish = np.asarray(wished, dtype=float)
    if not np.isfinite(wish).all() or (label in RATINGS and (wish < 0).any()):
        return f"{label}: the setting must be a number{' of 0 or more' if label in RATINGS else ''}."
    wide = sign * wish > sign * np.where(np.isnan(allowed), sign * np.inf, allowed)
    if not wide.any():
        return ""
    wished_all, allowed_all = np.broadcast_arrays(wish, allowed)
    first = int(np.flatnonzero(np.broadcast_to(wide, wished_all.shape))[0])
    told = f"{wished_all[first]:g} {unit}".strip()
    limit = f"{allowed_all[first]:g} {unit}".strip()
    return f"{label}: {told} would widen the limit of {limit} ({source}); it can only be narrowed here."

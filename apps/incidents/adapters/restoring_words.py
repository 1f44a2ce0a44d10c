"""Plans of restoration in plain words."""

from collections.abc import Mapping, Sequence
from typing import Any

from gridops.engine.reliability.restoration.problem import Role

_ROLE = {
    Role.ISOLATE.value: "It is isolated by opening {names}.",
    Role.UPSTREAM.value: "What lies before it gets supply by closing {names}.",
    Role.DOWNSTREAM.value: "What lies behind it gets supply over {names}.",
    Role.RELIEVE.value: "So that the neighbour can take it on, load is moved by {names}.",
    Role.ISLAND.value: "{names} feed an island of their own.",
}


def explained(
    plan: Mapping[str, Any], sections: Sequence[Mapping[str, Any]], reasons: Sequence[str], loads_said_by: str
) -> str:
    """Which section and why, what is isolated, who gets supply and how, who does not and why, and on whose word."""
    parts = [_where(sections, reasons)]
    parts += [_ROLE[role].format(names=_names(plan, role)) for role in _ROLE if _names(plan, role)]
    parts.append(
        f"{plan['customers_restored']:,} customers with {plan['restored_kw'] or 0.0:,.0f} kW get supply by "
        f"{plan['operations']} operations in about {plan['switching_s'] or 0.0:,.0f} s."
    )
    if plan["customers_without"]:
        parts.append(f"{plan['customers_without']:,} customers stay without until the repair. {plan['reason']}".strip())
    if plan["gap"] is not None:
        parts.append(f"No plan can be better by more than {100 * plan['gap']:.1f} %.")
    else:
        parts.append("Found by building up; how far it is from the best is not proved.")
    parts.append(f"Loads: {loads_said_by}, with cold-load pickup; plants of the dead part count as feeding in nothing.")
    return " ".join(part for part in parts if part)


def _where(sections: Sequence[Mapping[str, Any]], reasons: Sequence[str]) -> str:
    if not sections:
        return "Nothing counts as faulted any more."
    names = " or ".join(f"{one['name']} ({one['probability']:.0%})" for one in sections)
    why = f", because {'; '.join(text.rstrip('.') for text in reasons[:3])}" if reasons else ""
    return f"The fault is taken to be in {names}{why}."


def _names(plan: Mapping[str, Any], role: str) -> str:
    return ", ".join(step["switch"] for step in plan["steps"] if step["role"] == role)


def titled(plan: Mapping[str, Any], number: str) -> str:
    acts = "; ".join(f"{step['act']} {step['switch']}" for step in plan["steps"])
    own = f"{plan['title']}: " if plan["title"] else ""
    return f"{number}, {own}{acts}"


def left_without(in_fault: int, elsewhere: int, reason: str) -> list[dict[str, Any]]:
    """Who stays without supply, in two sorts."""
    told = []
    if in_fault:
        told.append(
            {"customers": in_fault, "why": "They hang on the part that holds the fault, or cannot be parted from it."}
        )
    if elsewhere:
        told.append(
            {
                "customers": elsewhere,
                "why": reason or "No switch that takes orders gives them supply within the limits.",
            }
        )
    return told

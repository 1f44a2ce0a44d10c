"""A contingency in one sentence."""

from typing import Any


def sentence(told: dict[str, Any]) -> str:
    name = told["equipment_name"]
    if not told["solved"]:
        return f"If {name} trips, no power flow has a solution: {told['reason']}"
    parts = [part for part in (_lost(told), _overload(told), _voltage(told)) if part]
    return f"If {name} trips, {_joined(parts)}." if parts else f"If {name} trips, everything stays within its limits."


def _joined(parts: list[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else parts[0]


def _lost(told: dict[str, Any]) -> str:
    customers, power = told["customers_lost"], told["lost_kw"]
    if customers:
        return f"{_count(customers, 'customer')} without supply ({power / 1000:,.2f} MW)"
    return f"{_count(told['nodes_lost'], 'node')} without supply, no customer among them" if told["nodes_lost"] else ""


def _overload(told: dict[str, Any]) -> str:
    if not told["overloaded"]:
        return ""
    first, more = told["overloaded"][0], told["overloaded_count"] - 1
    others = f" and {_count(more, 'more element')} are overloaded" if more else ""
    stay = f" while {_count(told['customers_affected'], 'customer')} stay supplied" if not told["nodes_lost"] else ""
    return f"{first['name']} reaches {first['loading_percent']:.0f} %{others}{stay}"


def _voltage(told: dict[str, Any]) -> str:
    words = []
    for count, end, word in (
        (told["low_count"], told["lowest"], "falls to"),
        (told["high_count"], told["highest"], "rises to"),
    ):
        if count and end:
            words.append(f"the voltage {word} {end['voltage_pu']:.3f} pu at {end['name']} ({_count(count, 'node')})")
    return " and ".join(words)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"

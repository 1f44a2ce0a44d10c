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
    customers, nodes, power_mw = told["customers_lost"], told["nodes_lost"], told["lost_kw"] / 1000
    if customers:
        power = f"{power_mw:,.2f} MW" if power_mw >= 0 else f"which fed in {-power_mw:,.2f} MW"
        return f"{_count(customers, 'customer')} {_are(customers)} without supply ({power})"
    return f"{_count(nodes, 'node')} without customers {_are(nodes)} dead" if nodes else ""


def _overload(told: dict[str, Any]) -> str:
    if not told["overloaded"]:
        return ""
    first, more = told["overloaded"][0], told["overloaded_count"] - 1
    others = f" and {_count(more, 'more element')} {_are(more)} overloaded" if more else ""
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


def _are(number: int) -> str:
    return "is" if number == 1 else "are"

"""The unit of a figure stands at the end of its name."""

UNITS = {
    "kwh": "kWh",
    "kw": "kW",
    "eur": "EUR",
    "eur_per_customer": "EUR per customer",
    "kg": "kg",
    "min": "min",
    "s": "s",
    "pu": "pu",
    "share": "1",
}
COUNT = "1"  # a number of things, or a ratio
NODE_MINUTES = "min"


def unit_of(figure: str) -> str:
    if "_minutes_" in figure or figure.endswith("_minutes"):
        return NODE_MINUTES
    endings = sorted(UNITS, key=len, reverse=True)
    return next((UNITS[ending] for ending in endings if figure.endswith(f"_{ending}")), COUNT)

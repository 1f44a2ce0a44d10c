"""How many customers stand behind a load, where the source does not say.

The rule: a load's yearly peak (its power at profile factor 1 times the largest factor) is shared among customers by
the peak that one customer of its class adds to a common peak, in kW:

* household, heat pump, night storage, vehicle charger in a low-voltage grid: one load is one customer;
* `lv_*` (a whole low-voltage grid in one load): 1.5 kW a customer, the coincident peak of a mixed street;
* `mv_*` and `hv_*` (a whole medium-voltage grid in one load): 2.0 kW a customer, business included;
* everything else (business, agriculture, industry by a standard load class): one customer;
* no profile: 2.0 kW a customer up to 1 MW on low and medium voltage, one customer above (a large works).

The two coincident peaks are planning values of the usual size, not measurements; every count is marked as derived.
Heat pumps and chargers belong to a customer who is counted already, so that they add none.
"""

from typing import Final

_STREET_KW: Final = 1.5
_DISTRICT_KW: Final = 2.0
_LARGE_WORKS_KW: Final = 1000.0
_APPLIANCES: Final = ("HLS", "APLS", "Air_", "Soil_", "EV", "Water_")


def customers(*, profile: str, peak_kw: float) -> int:
    """Customers behind one load; `profile` is the source's load class, `peak_kw` its yearly peak."""
    kind = profile.rsplit("/", 1)[-1]
    if kind.startswith(_APPLIANCES):
        return 0
    if kind.startswith("lv_"):
        return _share(peak_kw, _STREET_KW)
    if kind.startswith(("mv_", "hv_")):
        return _share(peak_kw, _DISTRICT_KW)
    if kind or peak_kw > _LARGE_WORKS_KW:
        return 1
    return _share(peak_kw, _DISTRICT_KW)


def _share(peak_kw: float, each_kw: float) -> int:
    return max(1, round(max(peak_kw, 0.0) / each_kw))

"""Which loads of a part are kept longest when it stands alone, where nobody has said so yet.

The field and whoever describes the field's microgrids follow the same rule, each by itself.
"""

from collections.abc import Mapping

CRITICAL, IMPORTANT, DEFERRABLE = 1, 2, 3
CRITICAL_SHARE, IMPORTANT_SHARE = 0.3, 0.3  # of the part's kW, at most; the first load is critical in any case


def load_priorities(load_kw: Mapping[str, float]) -> dict[str, int]:
    """By mRID of each load of a part its priority, 1 is shed last. load_kw: each one's power at profile factor 1.

    In the order of mRIDs, which are like chance and stay: loads are critical up to the first share of the kW, then
    important up to the second.
    """
    total = sum(max(kw, 0.0) for kw in load_kw.values())
    found: dict[str, int] = {}
    before = 0.0
    for mrid in sorted(load_kw):
        upto = before + max(load_kw[mrid], 0.0)
        found[mrid] = _priority(upto / total if total else 0.0, is_first=not found)
        before = upto
    return found


def _priority(share: float, *, is_first: bool) -> int:
    if is_first or share <= CRITICAL_SHARE:
        return CRITICAL
    return IMPORTANT if share <= CRITICAL_SHARE + IMPORTANT_SHARE else DEFERRABLE

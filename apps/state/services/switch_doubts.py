"""Switches whose reported position the meters contradict, told as alarms while the doubt stands."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.alarms import selectors as alarm_selectors
from apps.alarms import services as alarms
from apps.alarms.choices import Condition, Priority
from apps.assets import selectors as assets
from apps.assets.adapters import Named
from apps.state.adapters import DoubtfulSwitch

_WORD = {True: "closed", False: "open"}


class SwitchDoubtBook:
    """Starts from the alarms that stand, so that a new process ends what its predecessor told."""

    def __init__(self, switches: Named) -> None:
        self._switches = switches
        self._told = {source for source, _ in alarm_selectors.standing_sources([Condition.SWITCH_DOUBTFUL])}

    def take(self, doubtful: Sequence[DoubtfulSwitch], *, as_of: datetime) -> list[dict[str, Any]]:
        """Raise and end alarms, in the caller's transaction. Returns what is shown of this scan."""
        now = {self._switches.mrid[doubt.switch]: doubt for doubt in doubtful}
        alarms.raise_alarms(facts=[self._fact(now[mrid], as_of) for mrid in now if mrid not in self._told])
        over = self._told.difference(now)
        alarms.end_alarms(ends=[alarms.AlarmEnd(mrid, Condition.SWITCH_DOUBTFUL, as_of) for mrid in over])
        self._told = set(now)
        return [self._row(doubt) for doubt in doubtful]

    def _fact(self, doubt: DoubtfulSwitch, as_of: datetime) -> alarms.AlarmFact:
        mrid, name = self._switches.mrid[doubt.switch], self._switches.name[doubt.switch]
        others = ", ".join(self._switches.name[number] for number in doubt.alternatives)
        or_else = f" (or {others})" if others else ""
        model = assets.current_model()
        element = assets.element(model=model, mrid=mrid) if model else None
        reported, likely = _WORD[doubt.reported_closed], _WORD[not doubt.reported_closed]
        return alarms.AlarmFact(
            source=mrid,
            condition=Condition.SWITCH_DOUBTFUL,
            priority=Priority.MEDIUM,
            equipment_mrid=UUID(mrid),
            equipment_name=name,
            message=(
                f"Switch {name}{or_else} is reported {reported}, but the meters fit {likely}; "
                f"the estimate takes it as {likely}"
            ),
            path=element.path if element else "",
            quality_good=False,
            at=as_of,
        )

    def _row(self, doubt: DoubtfulSwitch) -> dict[str, Any]:
        return {
            "equipment_mrid": self._switches.mrid[doubt.switch],
            "equipment_name": self._switches.name[doubt.switch],
            "reported": _WORD[doubt.reported_closed],
            "likely": _WORD[not doubt.reported_closed],
            "evidence": doubt.evidence,
            "alternatives": [self._switches.mrid[number] for number in doubt.alternatives],
        }

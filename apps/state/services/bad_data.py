"""Meters that the others contradict, reading after reading, become alarms; a single bad reading does not."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.alarms import selectors as alarm_selectors
from apps.alarms import services as alarms
from apps.alarms.choices import Condition, Priority
from apps.assets import selectors as assets
from apps.state.adapters import BadMeter, MeterRow

RAISE_AFTER = 3  # readings in a row
END_AFTER = 10  # scans in a row


class BadDataBook:
    """Counts the bad readings of each meter, and the good scans of each that is told. Starts from standing alarms."""

    def __init__(self, rows: Sequence[MeterRow]) -> None:
        self._rows = rows
        self._bad_readings: dict[str, set[int]] = {}  # their times
        standing = alarm_selectors.standing_sources([Condition.BAD_DATA])
        self._good_scans: dict[str, int] = {source: 0 for source, _ in standing}

    def take(self, bad: Sequence[BadMeter], *, as_of: datetime) -> list[dict[str, Any]]:
        """Raise and end alarms, in the caller's transaction. Returns what is shown of this scan."""
        now = {self._rows[meter.row].mrid: meter for meter in bad}
        self._bad_readings = {m: self._bad_readings.get(m, set()) | {meter.at_us} for m, meter in now.items()}
        lasting = [mrid for mrid, times in self._bad_readings.items() if len(times) >= RAISE_AFTER]
        alarms.raise_alarms(facts=[self._fact(now[m], as_of) for m in lasting if m not in self._good_scans])
        self._good_scans |= dict.fromkeys(lasting, 0)
        for mrid in self._good_scans:
            self._good_scans[mrid] = 0 if mrid in now else self._good_scans[mrid] + 1
        recovered = [mrid for mrid, scans in self._good_scans.items() if scans >= END_AFTER]
        alarms.end_alarms(ends=[alarms.AlarmEnd(mrid, Condition.BAD_DATA, as_of) for mrid in recovered])
        for mrid in recovered:
            del self._good_scans[mrid]
        return [self._row(meter) for meter in bad]

    def _fact(self, meter: BadMeter, as_of: datetime) -> alarms.AlarmFact:
        row = self._rows[meter.row]
        return alarms.AlarmFact(
            source=row.mrid,
            condition=Condition.BAD_DATA,
            priority=Priority.LOW,
            equipment_mrid=UUID(row.equipment_mrid),
            equipment_name=row.name,
            message=(
                f"Meter {row.name} reads {meter.measured:.4g} {row.unit} where all the others say "
                f"{meter.estimated:.4g} {row.unit}; it is left out of the estimate"
            ),
            value=meter.measured,
            limit=meter.estimated,
            unit=row.unit,
            path=_path(row.equipment_mrid),
            quality_good=False,
            at=as_of,
        )

    def _row(self, meter: BadMeter) -> dict[str, Any]:
        row = self._rows[meter.row]
        return {
            "point_mrid": row.mrid,
            "point_name": row.name,
            "unit": row.unit,
            "equipment_mrid": row.equipment_mrid,
            "measured": meter.measured,
            "estimated": meter.estimated,
            "normalised_residual": meter.normalised_residual,
        }


def _path(equipment_mrid: str) -> str:
    model = assets.current_model()
    element = assets.element(model=model, mrid=equipment_mrid) if model else None
    return element.path if element else ""

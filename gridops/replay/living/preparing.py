"""The site of a run, prepared by the command that prepares every site; what the field is asked for is told in process.

Left out are the customers of demand response: they are a program of their own, which speaks OpenADR by HTTP.
"""

import io
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from django.conf import settings

from gridops.management.commands.prepare_site import Command
from gridops.replay.living.surroundings import Surroundings
from gridops.simulator.batteries.design import designs
from gridops.simulator.batteries.sheets import write_battery_sheets
from gridops.simulator.batteries.signals import write_battery_signals
from gridops.simulator.field import Field
from gridops.simulator.microgrids.signals import write_microgrid_signals
from gridops.simulator.signals import write_signals

_Write = Callable[[io.TextIOWrapper], None]


class Preparing(Command):
    """`has_past`: with a year of history of the city's own profiles, and models that were trained on it."""

    def __init__(self, field: Field, surroundings: Surroundings, *, has_past: bool) -> None:
        super().__init__(stdout=io.StringIO(), stderr=io.StringIO())
        self._field, self._surroundings, self._has_past = field, surroundings, has_past

    def prepare(self) -> None:
        speaks = int(self._field.batteries is not None)
        address = {"gateway": "field", "host": "127.0.0.1", "port": 2404}
        ports = {"battery_port": speaks * 802, "microgrid_port": speaks * 803}
        self.handle(grid=self._field.case.source, empty=False, speed=1.0 if self._has_past else 0.0, **address, **ports)

    def _run_the_field(
        self,
        action: str,
        grid: str,
        cache: Path,
        *more: str,
        out: IO[bytes] | None = None,
        module: str = "gridops.simulator",
    ) -> None:
        if out is None:
            self._surroundings.tell_past(action)
            return
        raw = io.BytesIO()
        text = io.TextIOWrapper(raw, encoding="utf-8", newline="", write_through=True)
        self._lists()[action](text)
        out.write(raw.getvalue())

    def _lists(self) -> dict[str, _Write]:
        field = self._field
        plants = field.batteries.plants if field.batteries else []
        return {
            "signals": lambda text: write_signals(field.case, field.table, text),
            "battery-signals": lambda text: write_battery_signals(field.case.source, plants, text),
            "microgrid-signals": lambda text: write_microgrid_signals(field.case, field.world.microgrids.parts, text),
            "battery-sheets": lambda text: write_battery_sheets(designs(field.case), text),
        }

    def _prepare_customers(self, site: Any, grid: str) -> None:
        return

    def _prepare_head_end(self, site: Any) -> None:
        return


def folder_of(name: str) -> Path:
    """Where the site's feeds look."""
    return Path({"weather": settings.WEATHER_ROOT, "market": settings.MARKET_ROOT}[name]) / "field"

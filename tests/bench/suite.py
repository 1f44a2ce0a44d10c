"""The run over the subjects that are wanted."""

from collections.abc import Callable, Mapping

from tests.bench import (
    estimate,
    export,
    fan_out,
    forecast_database,
    forecasts,
    historian,
    ingest,
    ingest_socket,
    journal,
    latency,
    n1,
    openadr,
    optimize_voltage,
    pixel,
    reconfigure,
    scan,
    state_cycle,
    storage,
    wire,
)
from tests.bench.context import Bench
from tests.bench.figures import Figure
from tests.bench.names import wanted

MEASURES: Mapping[str, Callable[[Bench], list[Figure]]] = {
    "ingest": ingest.measure,
    "ingest-socket": ingest_socket.measure,
    "ingest-held": ingest_socket.held,
    "scan": scan.measure,
    "sample-to-browser": latency.measure,
    "sample-to-pixel": pixel.measure,
    "fan-out": fan_out.measure,
    "iec104-decode": wire.measure,
    "estimate": estimate.measure,
    "journal": journal.measure,
    "historian": historian.measure,
    "export": export.measure,
    "n1": n1.measure,
    "state": state_cycle.measure,
    "forecast-train": forecasts.train,
    "forecast-issue": forecasts.reissue,
    "forecast-predict": forecasts.predict,
    "forecast-database": forecast_database.measure,
    "optimize-voltage": optimize_voltage.measure,
    "reconfigure": reconfigure.measure,
    "storage": storage.measure,
    "openadr": openadr.measure,
}


def run(bench: Bench, *, only: str, say: Callable[[str], None]) -> list[Figure]:
    """All figures, those of one subject, or the one figure of that name."""
    found: list[Figure] = []
    for name in wanted(only):
        say(f"measuring {name}")
        found += MEASURES[name](bench)
    return [figure for figure in found if only in ("", *MEASURES, figure.name)]

"""Stored states of a day to losses by hour, line, transformer and feeder, with the ageing of the transformers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from apps.assets.adapters import AssembledNetwork
from apps.efficiency.choices.loss import LEAST_SCANS, MOST_LINES
from apps.state import frames
from gridops.engine.efficiency.ageing import Paper, Thermal, ageing, temperatures
from gridops.engine.efficiency.losses import losses_of_loadings

FloatArray = npt.NDArray[np.float64]
HOURS = 24
NO_RATING = "{n} lines have no rating: of their current nothing is stored, and their losses are left out."
NO_AMBIENT = "The temperature of the air is not known for the day: ageing is not either."
THERMAL = "Temperatures are worked out after IEC 60076-7 for an oil-filled unit with natural cooling and usual paper."
_PACKED = np.dtype("<f4")


@dataclass(frozen=True, slots=True)
class Scan:
    hour: int
    frame: bytes
    estimated_kw: float  # losses of the whole estimate, nan where not known


@dataclass(frozen=True, slots=True)
class FeederNames:
    """mRID and name by line and by transformer; empty: in no feeder."""

    of_line: Sequence[tuple[str, str]]
    of_transformer: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class DayLosses:
    totals: dict[str, Any]
    hourly: list[dict[str, Any]]
    feeders: list[dict[str, Any]]
    lines: list[dict[str, Any]]
    transformers: list[dict[str, Any]]
    loadings: bytes
    notes: list[str]
    scans: int
    hours_known: int
    line_kwh: FloatArray  # 24 x lines, nan where the hour is not known
    transformer_kwh: FloatArray


@dataclass(slots=True)
class _Sums:
    line: FloatArray  # 24 x lines, sums of kW
    load: FloatArray
    none: FloatArray
    loading: FloatArray  # of squares
    estimated: FloatArray
    scans: npt.NDArray[np.int64]
    estimates: npt.NDArray[np.int64]


def day_losses(
    network: AssembledNetwork, scans: Iterable[Scan], ambient_c: FloatArray, feeders: FeederNames
) -> DayLosses:
    """ambient_c: 24 hours, nan where not known. A loading counts by its square: that is what heats and loses."""
    sums = _summed(network, scans)
    known = sums.scans >= LEAST_SCANS
    count = np.where(known, sums.scans, 1)[:, None]

    def by_hour(values: FloatArray) -> FloatArray:
        return np.where(known[:, None], values / count, np.nan)

    line, load, none = by_hour(sums.line), by_hour(sums.load), by_hour(sums.none)
    loading = np.sqrt(by_hour(sums.loading))
    estimated = np.divide(
        sums.estimated, sums.estimates, out=np.full(HOURS, np.nan), where=known & (sums.estimates > 0)
    )
    line_kwh, unit_kwh = np.nansum(line, axis=0), np.nansum(load + none, axis=0)
    unrated = int((network.network.lines.rated_a <= 0).sum())
    notes = [THERMAL, *([NO_RATING.format(n=unrated)] if unrated else [])]
    if not np.isfinite(ambient_c).any():
        notes.append(NO_AMBIENT)
    return DayLosses(
        totals={
            "lines_kwh": _number(line_kwh.sum()),
            "transformers_load_kwh": _number(np.nansum(load)),
            "transformers_no_load_kwh": _number(np.nansum(none)),
            "technical_kwh": _number(line_kwh.sum() + unit_kwh.sum()),
            "estimated_kwh": _number(np.nansum(estimated)) if np.isfinite(estimated).any() else None,
        },
        hourly=[_hour(hour, line[hour], load[hour], none[hour], estimated[hour]) for hour in range(HOURS)],
        feeders=_feeders(feeders, line_kwh, unit_kwh),
        lines=_lines(network, feeders, line_kwh),
        transformers=_transformers(network, feeders, (load, none, loading), ambient_c),
        loadings=loading.astype(_PACKED).tobytes(),
        notes=notes,
        scans=int(sums.scans.sum()),
        hours_known=int(known.sum()),
        line_kwh=line,
        transformer_kwh=load + none,
    )


def loadings_of(packed: bytes | memoryview, transformers: int) -> FloatArray:
    """24 x transformers, share of the rating."""
    return np.frombuffer(packed, _PACKED).astype(np.float64).reshape(HOURS, transformers)


def _summed(network: AssembledNetwork, scans: Iterable[Scan]) -> _Sums:
    n_lines, n_units = len(network.lines), len(network.transformers)
    sums = _Sums(
        np.zeros((HOURS, n_lines)),
        np.zeros((HOURS, n_units)),
        np.zeros((HOURS, n_units)),
        np.zeros((HOURS, n_units)),
        np.zeros(HOURS),
        np.zeros(HOURS, np.int64),
        np.zeros(HOURS, np.int64),
    )
    high = network.node.bus[network.network.transformers.high_node]
    for scan in scans:
        frame = frames.decode(scan.frame)
        if len(frame.line_loading) != n_lines or len(frame.transformer_loading) != n_units:
            continue
        loading = frame.transformer_loading.astype(np.float64)
        voltage = frame.node_voltage_pu.astype(np.float64)[high]
        found = losses_of_loadings(
            network.network,
            line_loading=frame.line_loading.astype(np.float64),
            transformer_loading=loading,
            voltage_pu=voltage,
        )
        sums.line[scan.hour] += np.nan_to_num(found.line_kw)
        sums.load[scan.hour] += np.nan_to_num(found.transformer_load_kw)
        sums.none[scan.hour] += np.nan_to_num(np.where(voltage > 0, found.transformer_no_load_kw, 0.0))
        sums.loading[scan.hour] += np.nan_to_num(loading) ** 2
        sums.scans[scan.hour] += 1
        if np.isfinite(scan.estimated_kw):
            sums.estimated[scan.hour] += scan.estimated_kw
            sums.estimates[scan.hour] += 1
    return sums


def _hour(hour: int, line: FloatArray, load: FloatArray, none: FloatArray, estimated: float) -> dict[str, Any]:
    is_known = bool(np.isfinite(line).any() or np.isfinite(load).any())
    return {
        "hour": hour,
        "lines_kwh": _number(np.nansum(line)) if is_known else None,
        "transformers_load_kwh": _number(np.nansum(load)) if is_known else None,
        "transformers_no_load_kwh": _number(np.nansum(none)) if is_known else None,
        "estimated_kwh": _number(estimated),
    }


def _feeders(feeders: FeederNames, line_kwh: FloatArray, unit_kwh: FloatArray) -> list[dict[str, Any]]:
    found: dict[tuple[str, str], list[float]] = {}
    for place, (names, values) in enumerate(((feeders.of_line, line_kwh), (feeders.of_transformer, unit_kwh))):
        for name, value in zip(names, values.tolist(), strict=True):
            found.setdefault(name, [0.0, 0.0])[place] += value
    rows = [
        {"mrid": mrid or None, "name": name or "in no feeder", "lines_kwh": one[0], "transformers_kwh": one[1]}
        for (mrid, name), one in found.items()
    ]
    return sorted(rows, key=lambda row: -(row["lines_kwh"] + row["transformers_kwh"]))


def _lines(network: AssembledNetwork, feeders: FeederNames, line_kwh: FloatArray) -> list[dict[str, Any]]:
    order = np.argsort(-line_kwh)[:MOST_LINES]
    return [
        {
            "mrid": network.lines.mrid[n],
            "name": network.lines.name[n],
            "feeder": feeders.of_line[n][1],
            "loss_kwh": float(line_kwh[n]),
        }
        for n in order.tolist()
        if line_kwh[n] > 0
    ]


def _transformers(
    network: AssembledNetwork,
    feeders: FeederNames,
    hourly: tuple[FloatArray, FloatArray, FloatArray],
    ambient_c: FloatArray,
) -> list[dict[str, Any]]:
    load, none, loading = hourly
    hot = temperatures(loading, np.broadcast_to(ambient_c[:, None], loading.shape), Thermal()).hot_spot_c
    rows = []
    for n, (mrid, name) in enumerate(zip(network.transformers.mrid, network.transformers.name, strict=True)):
        aged = ageing(loading[:, n], hot[:, n], paper=Paper.USUAL)
        own = loading[np.isfinite(loading[:, n]), n]
        rows.append(
            {
                "mrid": mrid,
                "name": name,
                "feeder": feeders.of_transformer[n][1],
                "rated_s_kva": float(network.network.transformers.rated_s_kva[n]),
                "load_loss_kwh": _number(np.nansum(load[:, n])),
                "no_load_loss_kwh": _number(np.nansum(none[:, n])),
                "peak_load_pu": float(own.max()) if len(own) else None,
                "mean_load_pu": float(own.mean()) if len(own) else None,
                "hottest_c": _number(aged.hottest_c),
                "relative_ageing": _number(aged.relative),
            }
        )
    return rows


def _number(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None

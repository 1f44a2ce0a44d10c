"""What is published of load, wind and sun of the field's market: ENTSO-E XML each morning, the past as CSV."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final

import numpy as np

from gridops.simulator.market_service import STEP_S, Foreseen, MarketService

ZONE: Final = "10YGRIDOPS-DEMOD"
NAMESPACE: Final = "urn:iec62325.351:tc57wg16:451-6:generationloaddocument:3:0"
LOAD, WIND_AND_SUN = "A65", "A69"
BEFORE_DAY: Final = timedelta(hours=14)  # the day begins then: about ten in the morning, two hours before the gate
COLUMNS = "time;value;product;zone;resolution;unit;known_at"


def forecast_documents(service: MarketService, midnights: Sequence[datetime], now: datetime) -> dict[str, str]:
    """Of whole days, by kind."""
    times = np.arange(midnights[0].timestamp(), midnights[-1].timestamp(), STEP_S)
    told = service.foreseen(times)
    span = midnights[0], midnights[-1]
    load = _series(1, "out", "", told.load_mw, span)
    return {
        "load": _document(LOAD, [load], span, now),
        "wind-and-sun": _document(
            WIND_AND_SUN,
            [_series(1, "in", "B19", told.wind_mw, span), _series(2, "in", "B16", told.sun_mw, span)],
            span,
            now,
        ),
    }


def _document(kind: str, series: Sequence[str], span: tuple[datetime, datetime], now: datetime) -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<GL_MarketDocument xmlns="{NAMESPACE}">'
        f"<mRID>{kind}{int(now.timestamp())}</mRID><revisionNumber>1</revisionNumber><type>{kind}</type>"
        f"<process.processType>A01</process.processType>"
        f"<createdDateTime>{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}</createdDateTime>"
        f"<time_Period.timeInterval>{_interval(*span)}</time_Period.timeInterval>{''.join(series)}</GL_MarketDocument>\n"
    )


def _series(number: int, way: str, plant: str, values: np.ndarray, span: tuple[datetime, datetime]) -> str:
    kind = f"<MktPSRType><psrType>{plant}</psrType></MktPSRType>" if plant else ""
    points = "".join(
        f"<Point><position>{n}</position><quantity>{value:g}</quantity></Point>"
        for n, value in enumerate(values.tolist(), start=1)
    )
    return (
        f"<TimeSeries><mRID>{number}</mRID><businessType>A04</businessType><objectAggregation>A01</objectAggregation>"
        f'<{way}BiddingZone_Domain.mRID codingScheme="A01">{ZONE}</{way}BiddingZone_Domain.mRID>'
        f"<quantity_Measure_Unit.name>MAW</quantity_Measure_Unit.name><curveType>A01</curveType>{kind}"
        f"<Period><timeInterval>{_interval(*span)}</timeInterval><resolution>PT{STEP_S // 60}M</resolution>"
        f"{points}</Period></TimeSeries>"
    )


def _interval(begin: datetime, end: datetime) -> str:
    return f"<start>{begin:%Y-%m-%dT%H:%MZ}</start><end>{end:%Y-%m-%dT%H:%MZ}</end>"


def past_sheet(service: MarketService, midnights: Sequence[datetime]) -> str:
    """By hours, each day as it was known the morning before."""
    rows = [COLUMNS]
    for begin, end in pairwise(midnights):
        told = service.foreseen(np.arange(begin.timestamp(), end.timestamp(), STEP_S))
        rows += _rows(begin, told, begin - BEFORE_DAY)
    return "\n".join(rows) + "\n"


def _rows(begin: datetime, told: Foreseen, known_at: datetime) -> list[str]:
    found = []
    for product, values in (
        ("load_forecast", told.load_mw),
        ("wind_forecast", told.wind_mw),
        ("solar_forecast", told.sun_mw),
    ):
        for n, value in enumerate(values.reshape(-1, 3600 // STEP_S).mean(axis=1)):
            at = begin + timedelta(hours=n)
            found.append(f"{at:%Y-%m-%dT%H:%MZ};{value:.1f};{product};{ZONE};PT60M;MW;{known_at:%Y-%m-%dT%H:%MZ}")
    return found

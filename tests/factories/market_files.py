"""Price files as providers write them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

NOW = datetime(2026, 3, 10, 12, 30, tzinfo=UTC)
ZONE = "10YTOWN--------T"
DAY = datetime(2026, 3, 10, 23, tzinfo=UTC)  # the local 11th of March begins
NEW, OLD = (f"urn:iec62325.351:tc57wg16:451-3:publicationdocument:7:{minor}" for minor in (3, 0))
ACKNOWLEDGED = "urn:iec62325.351:tc57wg16:451-1:acknowledgementdocument:7:0"


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")


def period(points: Mapping[int, object], *, begin: datetime = DAY, minutes: int = 60, steps: int = 24) -> str:
    told = "".join(
        f"<Point><position>{position}</position><price.amount>{price}</price.amount></Point>"
        for position, price in points.items()
    )
    end = begin + timedelta(minutes=minutes * steps)
    return (
        f"<Period><timeInterval><start>{stamp(begin)}</start><end>{stamp(end)}</end></timeInterval>"
        f"<resolution>PT{minutes}M</resolution>{told}</Period>"
    )


def hours(prices: Sequence[object]) -> dict[int, object]:
    return dict(enumerate(prices, start=1))


def series(*periods: str, curve: str = "A01", zone: str = ZONE, more: str = "") -> str:
    return (
        f"<TimeSeries><mRID>1</mRID><businessType>A62</businessType>"
        f'<in_Domain.mRID codingScheme="A01">{zone}</in_Domain.mRID>'
        f'<out_Domain.mRID codingScheme="A01">{zone}</out_Domain.mRID>{more}'
        f"<currency_Unit.name>EUR</currency_Unit.name><price_Measure_Unit.name>MWH</price_Measure_Unit.name>"
        f"<curveType>{curve}</curveType>{''.join(periods)}</TimeSeries>"
    )


def document(*all_series: str, namespace: str = NEW, kind: str = "A44") -> bytes:
    return (
        f'<?xml version="1.0" encoding="utf-8"?><Publication_MarketDocument xmlns="{namespace}"><mRID>d</mRID>'
        f"<revisionNumber>1</revisionNumber><type>{kind}</type><createdDateTime>2026-03-10T11:57:03Z</createdDateTime>"
        f"{''.join(all_series)}</Publication_MarketDocument>"
    ).encode()


def day_document(prices: Sequence[object], *, begin: datetime = DAY, zone: str = ZONE) -> bytes:
    """One day by hours."""
    return document(series(period(hours(prices), begin=begin, steps=len(prices)), zone=zone))


def acknowledgement(code: str = "999", text: str = "No matching data found") -> bytes:
    return (
        f'<Acknowledgement_MarketDocument xmlns="{ACKNOWLEDGED}"><mRID>a</mRID><Reason><code>{code}</code>'
        f"<text>{text}</text></Reason></Acknowledgement_MarketDocument>"
    ).encode()

"""Messages of the Common Alerting Protocol 1.2 (OASIS) and their Atom feed (RFC 4287), from public outages alone."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

from apps.incidents.selectors.public import PublicOutage

CAP = "urn:oasis:names:tc:emergency:cap:1.2"
ATOM = "http://www.w3.org/2005/Atom"
CAP_TYPE, ATOM_TYPE = "application/cap+xml; charset=utf-8", "application/atom+xml; charset=utf-8"
VALID_FOR = timedelta(hours=24)
SEVERE_CUSTOMERS, MODERATE_CUSTOMERS = 5000, 100
EXERCISE_NOTE = "This site is a demonstration: no real customer is without supply."


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who speaks: `base` is the site's address without a slash at its end; `is_real` is false where nothing is real."""

    host: str
    base: str
    is_real: bool

    @property
    def sender(self) -> str:
        return f"outages@{self.host}"

    def message_url(self, outage: PublicOutage) -> str:
        return f"{self.base}/outages/cap/{outage.id}.xml"


def cap_message(outage: PublicOutage, publisher: Publisher) -> bytes:
    """The newest message about one outage: an alert, then updates that name every earlier one."""
    alert = ElementTree.Element("alert", xmlns=CAP)
    sent = outage.messages_at[-1]
    earlier = [_reference(outage, at, publisher) for at in outage.messages_at[:-1]]
    _fill(
        alert,
        identifier=_identifier(outage, sent),
        sender=publisher.sender,
        sent=cap_time(sent),
        status="Actual" if publisher.is_real else "Exercise",
        msgType="Update" if earlier else "Alert",
        scope="Public",
        note="" if publisher.is_real else EXERCISE_NOTE,
        references=" ".join(earlier),
    )
    _info(alert, outage, publisher, sent)
    return _written(alert)


def _info(alert: ElementTree.Element, outage: PublicOutage, publisher: Publisher, sent: datetime) -> None:
    info = ElementTree.SubElement(alert, "info")
    _fill(
        info,
        language="en",
        category="Infra",
        event="Power outage",
        responseType="AllClear" if outage.is_over else "Monitor",
        urgency="Past" if outage.is_over else "Immediate",
        severity=_severity(outage),
        certainty="Observed",
        onset=cap_time(outage.began_at),
        expires=cap_time(sent + VALID_FOR),
        senderName=publisher.host,
        headline=headline(outage),
        description=description(outage),
        web=f"{publisher.base}/outages/",
    )
    _area(info, outage)


def _area(info: ElementTree.Element, outage: PublicOutage) -> None:
    area = ElementTree.SubElement(info, "area")
    found = outage.area
    circle = "" if found.latitude is None else f"{found.latitude:.2f},{found.longitude:.2f} {found.radius_km:.1f}"
    _fill(area, areaDesc=found.name, circle=circle)


def headline(outage: PublicOutage) -> str:
    return f"{'Supply is back' if outage.is_over else 'Power outage'}: {outage.area.name}"


def description(outage: PublicOutage) -> str:
    return f"{outage.customers_words}. {outage.state_words} {outage.estimate_words}".strip()


def _severity(outage: PublicOutage) -> str:
    if outage.is_over or outage.customers is None:
        return "Minor"
    if outage.customers >= SEVERE_CUSTOMERS:
        return "Severe"
    return "Moderate" if outage.customers >= MODERATE_CUSTOMERS else "Minor"


def atom_feed(outages: list[PublicOutage], publisher: Publisher, *, as_of: datetime) -> bytes:
    feed = ElementTree.Element("feed", xmlns=ATOM)
    newest = max((outage.messages_at[-1] for outage in outages), default=as_of)
    _fill(feed, id=f"{publisher.base}/outages/cap.atom", title="Power outages", updated=newest.isoformat())
    _fill(ElementTree.SubElement(feed, "author"), name=publisher.host)
    ElementTree.SubElement(feed, "link", rel="self", href=f"{publisher.base}/outages/cap.atom")
    for outage in outages:
        _entry(feed, outage, publisher)
    return _written(feed)


def _entry(feed: ElementTree.Element, outage: PublicOutage, publisher: Publisher) -> None:
    entry = ElementTree.SubElement(feed, "entry")
    sent = outage.messages_at[-1]
    _fill(
        entry,
        id=f"urn:gridops:{publisher.host}:{_identifier(outage, sent)}",
        title=headline(outage),
        updated=sent.isoformat(),
        published=outage.messages_at[0].isoformat(),
        summary=description(outage),
    )
    kind = CAP_TYPE.partition(";")[0]
    ElementTree.SubElement(entry, "link", rel="alternate", type=kind, href=publisher.message_url(outage))


def cap_time(at: datetime) -> str:
    """The standard forbids the letter Z: UTC is written -00:00."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S-00:00")


def _identifier(outage: PublicOutage, sent: datetime) -> str:
    return f"{outage.id}.{int(sent.timestamp())}"


def _reference(outage: PublicOutage, at: datetime, publisher: Publisher) -> str:
    return f"{publisher.sender},{_identifier(outage, at)},{cap_time(at)}"


def _fill(parent: ElementTree.Element, **texts: str) -> None:
    """The order of the arguments is that of the elements, which the standards prescribe; empty ones are left out."""
    for name, text in texts.items():
        if text:
            ElementTree.SubElement(parent, name).text = text


def _written(root: ElementTree.Element) -> bytes:
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written

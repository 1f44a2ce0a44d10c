"""What the standard (OASIS CAP 1.2, section 3.2) asks of a message, written down from its table of elements."""

import re
from datetime import datetime
from xml.etree.ElementTree import Element

CAP = "urn:oasis:names:tc:emergency:cap:1.2"
# Name, least and most times, in the order of the schema's sequence; 0 is without bound.
ALERT = [
    ("identifier", 1, 1), ("sender", 1, 1), ("sent", 1, 1), ("status", 1, 1), ("msgType", 1, 1), ("source", 0, 1),
    ("scope", 1, 1), ("restriction", 0, 1), ("addresses", 0, 1), ("code", 0, 0), ("note", 0, 1), ("references", 0, 1),
    ("incidents", 0, 1), ("info", 0, 0),
]  # fmt: skip
INFO = [
    ("language", 0, 1), ("category", 1, 0), ("event", 1, 1), ("responseType", 0, 0), ("urgency", 1, 1),
    ("severity", 1, 1), ("certainty", 1, 1), ("audience", 0, 1), ("eventCode", 0, 0), ("effective", 0, 1),
    ("onset", 0, 1), ("expires", 0, 1), ("senderName", 0, 1), ("headline", 0, 1), ("description", 0, 1),
    ("instruction", 0, 1), ("web", 0, 1), ("contact", 0, 1), ("parameter", 0, 0), ("resource", 0, 0), ("area", 0, 0),
]  # fmt: skip
AREA = [("areaDesc", 1, 1), ("polygon", 0, 0), ("circle", 0, 0), ("geocode", 0, 0), ("altitude", 0, 1)]
VALUES = {
    "status": "Actual Exercise System Test Draft",
    "msgType": "Alert Update Cancel Ack Error",
    "scope": "Public Restricted Private",
    "category": "Geo Met Safety Security Rescue Fire Health Env Transport Infra CBRNE Other",
    "responseType": "Shelter Evacuate Prepare Execute Avoid Monitor Assess AllClear None",
    "urgency": "Immediate Expected Future Past Unknown",
    "severity": "Extreme Severe Moderate Minor Unknown",
    "certainty": "Observed Likely Possible Unlikely Unknown",
}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d")
CIRCLE = re.compile(r"-?\d+(\.\d+)?,-?\d+(\.\d+)? \d+(\.\d+)?")


def faults_of(alert: Element) -> list[str]:
    faults = [] if alert.tag == f"{{{CAP}}}alert" else [f"the root is {alert.tag}"]
    faults += _sequence(alert, ALERT)
    for info in alert.findall(f"{{{CAP}}}info"):
        faults += _sequence(info, INFO)
        for area in info.findall(f"{{{CAP}}}area"):
            faults += _sequence(area, AREA)
    for element in alert.iter():
        faults += _content(_name(element), element.text or "")
    return faults


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _sequence(parent: Element, rules: list[tuple[str, int, int]]) -> list[str]:
    names = [_name(child) for child in parent]
    order = [name for name, _, _ in rules]
    faults = [f"{name} is no part of it" for name in names if name not in order]
    places = [order.index(name) for name in names if name in order]
    faults += ["the elements are not in the order of the schema"] if places != sorted(places) else []
    faults += [f"{name} is missing" for name, least, _ in rules if names.count(name) < least]
    return faults + [f"{name} is there too often" for name, _, most in rules if most and names.count(name) > most]


def _content(name: str, text: str) -> list[str]:
    if name in VALUES and text not in VALUES[name].split():
        return [f"{name} may not be {text}"]
    if name in {"sent", "effective", "onset", "expires"}:
        return [] if TIME.fullmatch(text) and datetime.fromisoformat(text) else [f"{name} is no time: {text}"]
    if name in {"identifier", "sender"}:
        return [f"{name} holds what it may not"] if re.search(r"[\s,<&]", text) or not text else []
    if name == "references":
        return [] if all(len(one.split(",")) == 3 for one in text.split()) else ["references are not triples"]
    return [] if name != "circle" or CIRCLE.fullmatch(text) else [f"circle is {text}"]

"""Steps of a switching plan as they are given, checked against the network and put into words."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from apps.dispatch.choices import LONGEST_REASON, TagKind
from apps.dispatch.choices.plan import StepKind, StepStatus
from apps.dispatch.models.plan import SwitchingStep
from apps.studies.adapters.changes import Place, checked
from apps.studies.choices import ChangeKind
from apps.studies.rules import Refused as BadChange

LONGEST_CREW = 80
LONGEST_TEXT = 300
NOTHING = "No equipment is named, or not one of the live network. Choose it from the search."
Given = Mapping[str, Any]
Row = dict[str, Any]


class BadStep(Exception):
    """Names the step, the field, what is wrong with it and what to do."""

    def __init__(self, position: int, field: str, problem: str) -> None:
        super().__init__(f"Step {position}, {field}: {problem}")
        self.position, self.field, self.problem = position, field, problem


def checked_step(given: Given, position: int, place: Place) -> Row:
    """Fields of a SwitchingStep. Raises BadStep."""
    kind = given.get("kind")
    if kind not in StepKind.values:
        raise BadStep(position, "kind", f"Give one of: {', '.join(StepKind.values)}.")
    try:
        row = _CHECKS[StepKind(kind)](given, place)
        crew = _words(given, "crew", LONGEST_CREW, needed=False)
    except BadChange as bad:
        raise BadStep(position, bad.field, bad.problem) from None
    return {"kind": StepKind(kind), "crew": crew, **row, "text": row["text"][:LONGEST_TEXT]}


def _words(given: Given, field: str, longest: int, *, needed: bool) -> str:
    value = given.get(field) or ""
    if not isinstance(value, str) or "\x00" in value or len(value) > longest:
        raise BadChange(field, f"Give words, at most {longest} characters.")
    if needed and not value.strip():
        raise BadChange(field, "Say it in words: who carries the step out reads them.")
    return value.strip()


def device_name(mrid: str, place: Place) -> str | None:
    network = place.network
    for named in (network.switches, network.transformers, network.lines, network.injections, network.nodes):
        if (at := named.position.get(mrid)) is not None:
            return named.name[at]
    return None


def _device(given: Given, place: Place) -> tuple[str, str]:
    mrid = given.get("mrid")
    if isinstance(mrid, str) and (name := device_name(mrid.lower(), place)):
        return mrid.lower(), name
    raise BadChange("mrid", NOTHING)


def _change(kind: ChangeKind) -> Callable[[Given, Place], Row]:
    def check(given: Given, place: Place) -> Row:
        found = checked(kind, given, place)
        payload = {key: value for key, value in found.payload.items() if key != "mrid"}
        mrid, name = _device(given, place)
        return {"equipment_mrid": mrid, "equipment_name": name, "payload": payload, "text": found.text}

    return check


def _tag(given: Given, place: Place) -> Row:
    kind = given.get("tag")
    if kind not in TagKind.values:
        raise BadChange("tag", f"Give one of: {', '.join(TagKind.values)}.")
    mrid, name = _device(given, place)
    reason = _words(given, "reason", LONGEST_REASON, needed=True)
    label = str(TagKind(kind).label).split(":")[0].lower()
    payload = {"tag": kind, "reason": reason}
    return {"equipment_mrid": mrid, "equipment_name": name, "payload": payload, "text": f"Hang a {label} on {name}"}


def _untag(given: Given, place: Place) -> Row:
    mrid, name = _device(given, place)
    return {"equipment_mrid": mrid, "equipment_name": name, "text": f"Take this plan's tags off {name}"}


def _document(verb: str) -> Callable[[Given, Place], Row]:
    def check(given: Given, _place: Place) -> Row:
        number = given.get("document")
        if isinstance(number, bool) or not isinstance(number, int):
            raise BadChange("document", "Give the number of a safety document of this plan.")
        return {"payload": {"document": number}, "text": f"{verb} SD-{number}"}

    return check


def _act(given: Given, place: Place) -> Row:
    row: Row = {"text": _words(given, "text", LONGEST_TEXT, needed=True)}
    _words(given, "crew", LONGEST_CREW, needed=True)
    if given.get("mrid"):
        mrid, name = _device(given, place)
        row |= {"equipment_mrid": mrid, "equipment_name": name}
    return row


_CHECKS: dict[StepKind, Callable[[Given, Place], Row]] = {
    StepKind.SWITCH: _change(ChangeKind.SWITCH),
    StepKind.TAP: _change(ChangeKind.TAP),
    StepKind.TAG: _tag,
    StepKind.UNTAG: _untag,
    StepKind.ISSUE: _document("Issue"),
    StepKind.RELEASE: _document("Release"),
    StepKind.ACT: _act,
}


def given_of(step: SwitchingStep) -> Row:
    """A stored step as it would be given anew."""
    row: Row = {"kind": step.kind, "crew": step.crew, "text": step.text, **step.payload}
    if step.equipment_mrid:
        row["mrid"] = str(step.equipment_mrid)
    return row


def change_of(step: SwitchingStep) -> tuple[ChangeKind, Row] | None:
    """What the step does to the network as a study knows it; None: nothing that a power flow feels."""
    kind = {StepKind.SWITCH: ChangeKind.SWITCH, StepKind.TAP: ChangeKind.TAP}.get(StepKind(step.kind))
    return (kind, {"mrid": str(step.equipment_mrid), **step.payload}) if kind else None


def reversed_steps(steps: Sequence[SwitchingStep], taps: Mapping[str, int]) -> list[Row]:
    """The acts undone, the last first: where some were carried out only those, else all of them.

    taps: by mRID where the transformers' taps stood before. Documents and acts on site are nothing to be turned round.
    """
    done = [step for step in steps if step.status == StepStatus.COMPLETED] or list(steps)
    return [row for step in reversed(done) if (row := _undone(step, taps)) is not None]


def _undone(step: SwitchingStep, taps: Mapping[str, int]) -> Row | None:
    given = given_of(step)
    match StepKind(step.kind):
        case StepKind.SWITCH:
            return {**given, "closed": not step.payload["closed"]}
        case StepKind.TAP if str(step.equipment_mrid) in taps:
            return {**given, "position": taps[str(step.equipment_mrid)]}
        case StepKind.TAG:
            return {"kind": StepKind.UNTAG.value, "mrid": given["mrid"], "crew": step.crew}
        case _:
            return None

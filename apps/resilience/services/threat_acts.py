"""People and commands: sign-ins, orders and moves that are unlike what they should be."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from apps.assets.models import Switch
from apps.assets.selectors import current_model_id
from apps.resilience.choices.threat import FindingKind
from apps.resilience.models import Finding
from apps.resilience.rules.threat_moves import unordered
from apps.resilience.rules.threat_people import guessing, judge
from apps.resilience.selectors import threat_acts
from apps.resilience.services.findings import Found, note

LOOK_BACK = timedelta(minutes=20)  # longer than a look can be late, shorter than a finding stands
GUESSING_WINDOW = timedelta(minutes=15)
SETTLES = timedelta(seconds=20)  # the order's request and the fault's alarm are stored by then
BY_RULES = "Weights that were set for each reason, not a frequency:"
RISKY, REFUSED_ONCE, REFUSED_OFTEN, OFTEN = 0.5, 0.3, 0.7, 3
KINDS = (
    FindingKind.SIGN_IN,
    FindingKind.UNUSUAL_ORDER,
    FindingKind.RISKY_ORDER,
    FindingKind.UNORDERED_MOVE,
)


def look_at_acts(*, as_of: datetime) -> list[Finding]:
    since = as_of - LOOK_BACK
    found = [
        *_sign_ins(since, as_of),
        *_guessing(as_of),
        *_orders(since, as_of),
        *_risky(since, as_of),
        *_refused(since, as_of),
        *_moves(since, as_of - SETTLES),
    ]
    return note(found=found, kinds=KINDS, as_of=as_of)


def _sign_ins(since: datetime, until: datetime) -> Iterator[Found]:
    failed = threat_acts.failures(since - LOOK_BACK, until)
    for person in threat_acts.sign_ins(since, until):
        judged = judge(person.act, person.before, [one for one in failed if one.name == person.name.lower()])
        if judged.is_told:
            yield Found(
                key=f"sign-in/{person.row}",
                kind=FindingKind.SIGN_IN,
                title=f"Sign-in of {person.name} from {person.act.address or 'an unknown address'}",
                likelihood=judged.likelihood,
                basis=f"{BY_RULES} {'; '.join(judged.reasons)}.",
                began_at=person.act.at,
                evidence={"reasons": list(judged.reasons), "earlier": len(person.before)},
            )


def _guessing(as_of: datetime) -> Iterator[Found]:
    failed = threat_acts.failures(as_of - GUESSING_WINDOW, as_of)
    for address, judged in guessing(failed):
        here = [one for one in failed if one.address == address]
        yield Found(
            key=f"guessing/{address}",
            kind=FindingKind.SIGN_IN,
            title=f"Passwords are being guessed from {address or 'an unknown address'}",
            likelihood=judged.likelihood,
            basis=f"{BY_RULES} {'; '.join(judged.reasons)} within a quarter of an hour.",
            began_at=here[0].at,
            evidence={"names": sorted({one.name for one in here}), "failures": len(here)},
        )


def _orders(since: datetime, until: datetime) -> Iterator[Found]:
    for person in threat_acts.ordered(since, until):
        judged = judge(person.act, person.before)
        if judged.is_told:
            yield Found(
                key=f"unusual-order/{person.row}",
                kind=FindingKind.UNUSUAL_ORDER,
                title=f"Order of {person.name}: {person.words}",
                likelihood=judged.likelihood,
                basis=f"{BY_RULES} {'; '.join(judged.reasons)}.",
                began_at=person.act.at,
                evidence={"order": person.row, "reasons": list(judged.reasons), "earlier": len(person.before)},
                mrids=[person.mrid] if person.mrid else [],
            )


def _risky(since: datetime, until: datetime) -> Iterator[Found]:
    for order in threat_acts.risky_orders(since, until):
        limits = threat_acts.limits_gained(order)
        yield Found(
            key=f"risky-order/{order.pk}",
            kind=FindingKind.RISKY_ORDER,
            title=f"{order} although {len(limits)} limits would break",
            likelihood=RISKY,
            basis=f"{BY_RULES} the power flow showed it before the order was given.",
            began_at=order.ordered_at or order.selected_at,
            evidence={"order": order.pk, "limits": limits[:20], "by": order.selected_by.get_username()},
            mrids=[order.device_mrid],
        )


def _refused(since: datetime, until: datetime) -> Iterator[Found]:
    rows = threat_acts.objections(since, until)
    for name in sorted({row.actor_name for row in rows}):
        own = [row for row in rows if row.actor_name == name]
        targets = [row.target.removeprefix("equipment/") for row in own if row.target.startswith("equipment/")]
        yield Found(
            key=f"refused-orders/{name}",
            kind=FindingKind.RISKY_ORDER,
            title=f"{len(own)} orders of {name or 'the system'} were refused by interlocks",
            likelihood=REFUSED_OFTEN if len(own) >= OFTEN else REFUSED_ONCE,
            basis=f"{BY_RULES} {own[-1].detail.get('reason', '')}",
            began_at=own[0].at,
            evidence={"refusals": [{"at": row.at, "reason": row.detail.get("reason", "")} for row in own[-20:]]},
            mrids=[target for target in targets if _is_key(target)],
        )


def _moves(since: datetime, until: datetime) -> Iterator[Found]:
    for moved in threat_acts.moves(since, until, _classes(threat_acts.changed_equipment(since, until))):
        judged = unordered(moved.move)
        if judged is not None:
            change, (likelihood, reason) = moved.change, judged
            yield Found(
                key=f"unordered-move/{change.pk}",
                kind=FindingKind.UNORDERED_MOVE,
                title=f"{change.point_name} went to {change.value:g} without an order",
                likelihood=likelihood,
                basis=f"{BY_RULES} {reason}.",
                began_at=change.at,
                evidence={"previous": change.previous, "value": change.value, "at": change.at},
                mrids=[change.equipment_mrid],
            )


def _classes(mrids: set[UUID]) -> dict[UUID, str]:
    rows = Switch.objects.filter(model_id=current_model_id(), mrid__in=mrids)
    return dict(rows.values_list("mrid", "kind"))


def _is_key(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True

"""The persons of the room, scripted: two who switch the desks on, and an operator who decides what is left to people.

They use the services that the pages and the API use. How long the operator takes is a draw of the tape.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.dispatch.choices.order import OrderStatus
from apps.dispatch.choices.proposal import DESK_PRIORITY, UNDER_WAY, AutonomyMode, ProposalStatus
from apps.dispatch.models import Order, Proposal
from apps.dispatch.rules.orders import Client
from apps.dispatch.selectors.proposals import standing
from apps.dispatch.services import execution, orders
from apps.dispatch.services.autonomy import second_autonomy, set_autonomy
from apps.dispatch.services.decisions import approve
from apps.dispatch.services.order_telling import OrderRefused
from apps.dispatch.services.refusal import Refused
from apps.microgrids.choices.transition import TransitionStatus
from apps.microgrids.models import Transition
from apps.microgrids.services import transitions
from gridops.replay.tape import Tape

DELAY_S: Final = (120.0, 600.0)  # from what is shown until a person has decided
PERSON: Final = "person"
RULE: Final = {
    "max_operations_per_day": 10_000,
    "max_kw": 1e6,
    "least_confidence": 0.0,
    "from_hour": 0,
    "to_hour": 24,
    "reason": "The desk acts by itself within its own checks.",
}


@dataclass(slots=True)
class People:
    tape: Tape
    without: Collection[str]
    decided: int = 0
    _due: dict[tuple[str, int], datetime] = field(default_factory=dict)

    def switch_on(self, as_of: datetime) -> None:
        """One person sets the rule of each desk, a second one agrees to critical devices; what is left out is off."""
        supervisor, operator = _person(Role.SUPERVISOR), _person(Role.OPERATOR)
        for desk in sorted(DESK_PRIORITY.keys() - {PERSON}):
            mode = AutonomyMode.OFF if desk in self.without else AutonomyMode.AUTOMATIC
            rule = set_autonomy(desk=desk, feeder_mrid=None, by=supervisor, as_of=as_of, mode=mode, **RULE)
            if mode == AutonomyMode.AUTOMATIC:
                second_autonomy(rule_id=rule.pk, by=operator, as_of=as_of)

    def decide(self, as_of: datetime) -> int:
        """What a person has had the time to look at. How many things were decided."""
        before = self.decided
        self._proposals(as_of)
        self._orders(as_of)
        self._transitions(as_of)
        return self.decided - before

    def _proposals(self, as_of: datetime) -> None:
        seen: set[int] = set()
        for place in standing(as_of) if Proposal.objects.filter(status=ProposalStatus.VERIFIED).exists() else ():
            proposal = place.proposal
            first, is_free = proposal.trouble_id not in seen, not place.conflict
            seen.add(proposal.trouble_id)
            is_new = ProposalStatus(proposal.status) == ProposalStatus.VERIFIED and not _is_answered(proposal)
            if first and is_free and is_new and self._has_looked("trouble", proposal.trouble_id, as_of):
                self._approve(proposal, as_of)
        for proposal in Proposal.objects.filter(status=ProposalStatus.EXECUTING, waits_at__gt=0):
            if self._has_looked("warning", proposal.pk, as_of):
                self._go_on(proposal, as_of)

    def _approve(self, proposal: Proposal, as_of: datetime) -> None:
        by = _person(Role.OPERATOR)
        try:
            approve(proposal_id=proposal.pk, by=by, as_of=as_of)
            execution.begin(proposal_id=proposal.pk, by=by, as_of=as_of)
            self.decided += 1
        except Refused:
            self._due.pop(("trouble", proposal.trouble_id), None)  # a person looks again, and takes the time again

    def _go_on(self, proposal: Proposal, as_of: datetime) -> None:
        try:
            execution.begin(proposal_id=proposal.pk, by=_person(Role.OPERATOR), as_of=as_of)
            self.decided += 1
        except Refused:
            self._due.pop(("warning", proposal.pk), None)

    def _orders(self, as_of: datetime) -> None:
        """The second person's yes at a critical device; it is asked for within half a minute, by telephone."""
        for order in Order.objects.filter(status=OrderStatus.AWAITING):
            client = Client(_person(Role.SUPERVISOR), session="the second person")
            try:
                orders.approve(order_id=order.pk, client=client, as_of=as_of)
                self.decided += 1
            except OrderRefused:
                continue

    def _transitions(self, as_of: datetime) -> None:
        for row in Transition.objects.filter(status=TransitionStatus.PROPOSED):
            if self._has_looked("transition", row.pk, as_of):
                try:
                    transitions.approve(transition_id=row.pk, by=_person(Role.OPERATOR), as_of=as_of)
                    self.decided += 1
                except Refused:
                    continue

    def _has_looked(self, what: str, number: int, as_of: datetime) -> bool:
        if (what, number) not in self._due:
            second = round((as_of - self.tape.begin).total_seconds())
            delay_s = float(self.tape.draws(f"decision {what}", second).uniform(*DELAY_S))
            self._due[what, number] = as_of + timedelta(seconds=delay_s)
        return self._due[what, number] <= as_of


def _is_answered(proposal: Proposal) -> bool:
    return Proposal.objects.filter(trouble=proposal.trouble_id, status__in=UNDER_WAY).exists()


def _person(role: Role) -> User:
    return User.objects.get(username=role.value)

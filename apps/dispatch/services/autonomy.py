"""How freely a desk may act on a feeder, and acting within that."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.assets import selectors as assets
from apps.assets.models import Feeder
from apps.audit import services as audit
from apps.dispatch.adapters.steps import operations_of
from apps.dispatch.choices.proposal import UNDER_WAY, AutonomyMode, Breach, ProposalStatus
from apps.dispatch.models import Autonomy, Proposal
from apps.dispatch.rules.proposals import may_act_alone, may_second
from apps.dispatch.selectors.autonomy import autonomy_document, operations_today, rule_for
from apps.dispatch.selectors.proposals import standing
from apps.dispatch.services.decisions import approve
from apps.dispatch.services.execution import begin
from apps.dispatch.services.refusal import Refused


@transaction.atomic
def set_autonomy(*, desk: str, feeder_mrid: UUID | None, by: User, as_of: datetime, **fields: Any) -> Autonomy:
    """Raises Refused where the feeder is not in the live network, or the hours are not in order."""
    name = _feeder_name(feeder_mrid)
    if fields["from_hour"] >= fields["to_hour"]:
        raise Refused("from_hour is not before to_hour. Give hours of one day, from 0 to 24.")
    told = {**fields, "feeder_name": name, "set_by": by, "set_at": as_of, "seconded_by": None, "seconded_at": None}
    rule, _ = Autonomy.objects.update_or_create(desk=desk, feeder_mrid=feeder_mrid, defaults=told)
    audit.record(
        actor=by, action="autonomy.set", target=f"autonomy/{rule.pk}", detail=autonomy_document(rule), at=as_of
    )
    return rule


@transaction.atomic
def second_autonomy(*, rule_id: int, by: User, as_of: datetime) -> Autonomy:
    """A second person agrees, once, that the rule operates critical devices too; a changed rule is seconded anew.

    Raises Refused, and Autonomy.DoesNotExist.
    """
    rule = Autonomy.objects.select_for_update(of=("self",)).select_related("set_by").get(pk=rule_id)
    verdict = may_second(rule, by)
    if not verdict.allowed:
        raise Refused(verdict.reason)
    rule.seconded_by, rule.seconded_at = by, as_of
    rule.save(update_fields=["seconded_by", "seconded_at"])
    detail = autonomy_document(rule)
    audit.record(actor=by, action="autonomy.seconded", target=f"autonomy/{rule.pk}", detail=detail, at=as_of)
    return rule


def _feeder_name(mrid: UUID | None) -> str:
    if mrid is None:
        return ""
    model = assets.current_model()
    name = Feeder.objects.filter(model=model, mrid=mrid).values_list("name", flat=True).first() if model else None
    if name is None:
        raise Refused("No feeder of the live network has this mRID; choose one, or none for all feeders.")
    return name


def act_alone(*, as_of: datetime, desk: str = "") -> list[Proposal]:
    """The first-ranked remedy of each trouble, where a rule that a person has switched on allows it.

    desk: only what is that desk's; all where empty. Nothing while another remedy of the same trouble is under way:
    first see what came of that.
    """
    return [
        done
        for proposal, rule in list(_allowed(as_of))
        if desk in ("", proposal.desk) and (done := _approved(proposal, rule, as_of))
    ]


def _allowed(as_of: datetime) -> Iterator[tuple[Proposal, Autonomy]]:
    seen: set[int] = set()
    for place in standing(as_of):
        proposal = place.proposal
        if proposal.trouble_id in seen:
            continue
        seen.add(proposal.trouble_id)
        rule = rule_for(proposal.desk, proposal.feeder_mrid)
        if rule is None or place.conflict or _is_under_way(proposal):
            continue
        trouble = proposal.trouble
        is_for_people = Breach(trouble.breach) == Breach.LOSSES or trouble.is_foreseen
        counts = {"operations_today": operations_today(rule, as_of), "operations": operations_of(proposal.steps)}
        verdict = may_act_alone(rule, proposal, **counts, as_of=as_of)
        if verdict.allowed and not is_for_people:
            yield proposal, rule


def _is_under_way(proposal: Proposal) -> bool:
    return Proposal.objects.filter(trouble=proposal.trouble_id, status__in=UNDER_WAY).exists()


def _approved(proposal: Proposal, rule: Autonomy, as_of: datetime) -> Proposal | None:
    if rule.mode != AutonomyMode.AUTOMATIC or ProposalStatus(proposal.status) != ProposalStatus.VERIFIED:
        return None
    try:
        approve(proposal_id=proposal.pk, by=None, rule=rule, as_of=as_of)
        return begin(proposal_id=proposal.pk, by=rule.set_by, as_of=as_of)
    except Refused:
        return None  # a tag or a conflict came in between; people see it on the list

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.assets import selectors as assets
from apps.dispatch.choices import TagKind
from apps.dispatch.choices.plan import CrewStatus, DocumentKind, DocumentStatus
from apps.dispatch.models import Tag
from apps.dispatch.models.safety_document import SafetyDocument
from apps.dispatch.rules.plans import may_issue, may_release, may_sign, may_write
from apps.dispatch.services.plans import locked, tell
from apps.dispatch.services.refusal import Refused


@transaction.atomic
def draft_document(
    *, plan_id: int, kind: DocumentKind, work: str, crew: str, devices: Sequence[UUID], by: User, as_of: datetime
) -> SafetyDocument:
    plan = locked(plan_id)
    verdict = may_write(plan)
    if not verdict.allowed:
        raise Refused(verdict.reason)
    named = [{"mrid": str(mrid), "name": _name(mrid)} for mrid in dict.fromkeys(devices)]
    document = SafetyDocument.objects.create(plan=plan, kind=kind, work=work, crew=crew, devices=named)
    tell(plan, "plan.document-drafted", by=by, as_of=as_of, detail={"document": document.pk, "devices": named})
    return document


def _name(mrid: UUID) -> str:
    model = assets.current_model()
    found = assets.element(model=model, mrid=str(mrid)) if model else None
    if found is None:
        raise Refused(f"devices: {mrid} is no equipment of the live network; choose it from the search.")
    return str(found.name)


@transaction.atomic
def issue_document(*, document_id: int, by: User, as_of: datetime) -> SafetyDocument:
    document = _locked(document_id)
    held = Tag.objects.standing().filter(kind=TagKind.HOLD, equipment_mrid__in=document.mrids)
    verdict = may_issue(document, held=frozenset(str(mrid) for mrid in held.values_list("equipment_mrid", flat=True)))
    if not verdict.allowed:
        raise Refused(verdict.reason)
    document.status, document.issued_at, document.issued_by = DocumentStatus.ISSUED, as_of, by
    return _kept(document, "plan.document-issued", by=by, as_of=as_of)


@transaction.atomic
def release_document(*, document_id: int, by: User, as_of: datetime) -> SafetyDocument:
    document = _locked(document_id)
    verdict = may_release(document)
    if not verdict.allowed:
        raise Refused(verdict.reason)
    document.status, document.released_at, document.released_by = DocumentStatus.RELEASED, as_of, by
    return _kept(document, "plan.document-released", by=by, as_of=as_of)


@transaction.atomic
def sign_crew(*, document_id: int, to: CrewStatus, by: User, as_of: datetime) -> SafetyDocument:
    """The crew says by voice that it begins or has left; who hears it writes it down."""
    document = _locked(document_id)
    verdict = may_sign(document, to)
    if not verdict.allowed:
        raise Refused(verdict.reason)
    document.crew_status = to
    return _kept(document, f"plan.crew-{to.value}", by=by, as_of=as_of)


def _locked(document_id: int) -> SafetyDocument:
    return SafetyDocument.objects.select_for_update(of=("self",)).select_related("plan").get(pk=document_id)


def _kept(document: SafetyDocument, action: str, *, by: User, as_of: datetime) -> SafetyDocument:
    document.save()
    tell(document.plan, action, by=by, as_of=as_of, detail={"document": document.pk, "crew": document.crew})
    return document

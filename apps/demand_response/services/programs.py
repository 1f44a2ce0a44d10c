"""A program's life: made, changed, published to the field, taken back."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.text import slugify

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.assets import selectors as assets
from apps.assets.models import Feeder
from apps.audit import services as audit
from apps.demand_response.models import ConsentWording, DemandProgram
from apps.demand_response.selectors.identities import target_of
from apps.demand_response.services.refusal import WrongField
from apps.dispatch.services.refusal import Refused
from apps.openadr.services import programs as openadr

_WORDING = ("consent_purpose", "consent_text")


@transaction.atomic
def create_program(*, fields: Mapping[str, Any], by: User, as_of: datetime) -> DemandProgram:
    """Who makes it manages it. Raises ValidationError or WrongField."""
    wording = _wording(None, fields, by=by, as_of=as_of)
    program = DemandProgram(**_plain(fields), wording=wording, made_at=as_of, made_by=by)
    _save(program)
    program.managers.set([by])
    _note(program, "demand.program-made", {"title": program.title}, by=by, as_of=as_of)
    return program


@transaction.atomic
def change_program(
    *, program: DemandProgram, revision: int, fields: Mapping[str, Any], by: User, as_of: datetime
) -> DemandProgram:
    """Raises Refused where somebody else was first, ValidationError or WrongField where a value does not fit."""
    locked = DemandProgram.objects.select_for_update(of=("self",)).select_related("wording").get(pk=program.pk)
    if locked.revision != revision:
        raise Refused("Somebody changed this program meanwhile; look at it again and repeat your change.")
    before = {name: getattr(locked, name) for name in _plain(fields)}
    for name, value in _plain(fields).items():
        setattr(locked, name, value)
    locked.wording = _wording(locked.wording, fields, by=by, as_of=as_of)
    locked.revision += 1
    _save(locked)
    if locked.is_active:
        _publish(locked, as_of=as_of)
    changed = {name: [str(old), str(getattr(locked, name))] for name, old in before.items() if old != fields[name]}
    _note(locked, "demand.program-changed", changed, by=by, as_of=as_of)
    return locked


@transaction.atomic
def activate_program(*, program: DemandProgram, by: User, as_of: datetime) -> DemandProgram:
    """From now on it is told to the field, and customers may be enrolled and called."""
    locked = DemandProgram.objects.select_for_update().get(pk=program.pk)
    if locked.is_active:
        raise Refused("The program is active already.")
    locked.is_active = True
    _publish(locked, as_of=as_of)
    _note(locked, "demand.program-activated", {}, by=by, as_of=as_of)
    return locked


@transaction.atomic
def deactivate_program(*, program: DemandProgram, by: User, as_of: datetime) -> DemandProgram:
    """Nobody can be called by it any more; its customers and their records stay."""
    locked = DemandProgram.objects.select_for_update(of=("self",)).select_related("openadr_program").get(pk=program.pk)
    if not locked.is_active:
        raise Refused("The program is not active.")
    if locked.openadr_program is not None:
        openadr.withdraw_program(program=locked.openadr_program, as_of=as_of)
    locked.is_active, locked.openadr_program = False, None
    locked.save(update_fields=["is_active", "openadr_program"])
    _note(locked, "demand.program-deactivated", {}, by=by, as_of=as_of)
    return locked


@transaction.atomic
def set_managers(*, program: DemandProgram, managers: Iterable[User], by: User, as_of: datetime) -> DemandProgram:
    chosen = list(managers)
    if not chosen:
        raise WrongField("managers", "A program needs at least one manager.")
    if unfit := [one.username for one in chosen if not one.may(Permission.RUN_PROGRAMS)]:
        raise WrongField("managers", f"{', '.join(unfit)} may not run programs; give them the role first.")
    program.managers.set(chosen)
    if program.is_active:
        _publish(program, as_of=as_of)
    told = {"managers": sorted(one.username for one in chosen)}
    _note(program, "demand.program-managers", told, by=by, as_of=as_of)
    return program


def _publish(program: DemandProgram, *, as_of: datetime) -> None:
    known = program.openadr_program
    name = known.program_name if known else f"{slugify(program.title)[:60] or 'program'}-{program.pk}"
    program.openadr_program = openadr.publish_program(
        program_name=name, targets=[target_of(program.pk)], managers=program.managers.all(), as_of=as_of
    )
    program.save(update_fields=["is_active", "openadr_program"])


def _plain(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in _WORDING}


def _wording(known: ConsentWording | None, fields: Mapping[str, Any], *, by: User, as_of: datetime) -> ConsentWording:
    """A changed text is a new version: what others agreed to stays as they read it."""
    purpose = fields.get("consent_purpose", known.purpose if known else "")
    text = fields.get("consent_text", known.text if known else "")
    if known is not None and (known.purpose, known.text) == (purpose, text):
        return known
    version = known.version + 1 if known else 1
    return ConsentWording.objects.create(purpose=purpose, version=version, text=text, made_at=as_of, made_by=by)


def _save(program: DemandProgram) -> None:
    if unknown := set(program.feeder_mrids) - _feeders(program.feeder_mrids):
        told = ", ".join(sorted(map(str, unknown))[:3])
        raise WrongField("feeder_mrids", f"The live network has no feeder {told}; choose one of its feeders.")
    program.full_clean(exclude=["openadr_program"])
    program.save()


def _feeders(mrids: Iterable[Any]) -> set[Any]:
    rows = Feeder.objects.filter(model=assets.current_model_id(), mrid__in=list(mrids))
    return set(rows.values_list("mrid", flat=True))


def _note(program: DemandProgram, action: str, detail: dict[str, Any], *, by: User, as_of: datetime) -> None:
    audit.record(actor=by, action=action, target=f"demand-program/{program.pk}", detail=detail, at=as_of)

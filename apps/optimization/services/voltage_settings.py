"""What the voltage desk goes for on a feeder, said by a person who answers for it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.accounts import selectors as accounts
from apps.accounts import services as people
from apps.accounts.models import Area, User
from apps.assets import selectors as assets
from apps.assets.models import Feeder
from apps.assets.selectors.areas import whereabouts
from apps.audit import services as audit
from apps.dispatch.services.refusal import Refused
from apps.optimization.models import VoltageSetting
from apps.optimization.selectors.voltage import setting_document


@transaction.atomic
def set_voltage_setting(
    *, feeder_mrid: UUID, by: User, as_of: datetime, source_ip: str | None = None, **fields: Any
) -> VoltageSetting:
    """The desk goes by it from its next run on. Raises Refused where the feeder is not live, or not this person's."""
    name = _feeder_name(feeder_mrid)
    _must_answer_for(by, feeder_mrid)
    told = {**fields, "feeder_name": name, "set_by": by, "set_at": as_of}
    setting, _ = VoltageSetting.objects.update_or_create(feeder_mrid=feeder_mrid, defaults=told)
    audit.record(
        actor=by,
        action="voltage-setting.set",
        target=f"feeder/{feeder_mrid}",
        detail={"feeder": name, **setting_document(setting)},
        at=as_of,
        source_ip=source_ip,
    )
    return setting


def _feeder_name(mrid: UUID) -> str:
    model = assets.current_model()
    name = Feeder.objects.filter(model=model, mrid=mrid).values_list("name", flat=True).first() if model else None
    if name is None:
        raise Refused("No feeder of the live network has this mRID; take one from GET optimization/voltage.")
    return name


def _must_answer_for(by: User, feeder: UUID) -> None:
    place = whereabouts([feeder]).get(feeder)
    own = Area.objects.filter(pk=place.area_id).first() if place and place.area_id else None
    area = own or people.default_area()
    if area.pk not in accounts.areas_of(by):
        raise Refused(f"You do not answer for the area '{area.name}'. Take it over first.")

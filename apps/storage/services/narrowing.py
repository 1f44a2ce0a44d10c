"""People narrow a plant's limits, with a reason, and lift what they narrowed. Nobody widens the datasheet's."""

from datetime import datetime

from django.db import transaction

from apps.accounts.models import User
from apps.audit import services as audit
from apps.dispatch.services.refusal import Refused
from apps.storage.adapters.limits import narrowed
from apps.storage.choices import Rung
from apps.storage.models import LimitSetting, StoragePlant


@transaction.atomic
def narrow_limit(
    *, plant: StoragePlant, name: str, rung: Rung, value: float, reason: str, by: User, as_of: datetime
) -> LimitSetting:
    """In the place of what was set there before. Raises Refused where it would widen the datasheet's limit."""
    standing = list(LimitSetting.objects.select_for_update().in_force().filter(plant=plant))
    same = [one for one in standing if (one.name, one.rung) == (name, rung)]
    new = LimitSetting(plant=plant, name=name, rung=rung, value=value, reason=reason, set_by=by, set_at=as_of)
    wanted = [*(one for one in standing if one not in same), new]
    refused = narrowed(plant, list(plant.limits.all()), wanted).refused
    if refused:
        raise Refused(" ".join(refused))
    for one in same:
        _lift(one, reason=f"Set anew: {reason}"[:300], by=by, as_of=as_of)
    new.save()
    _tell(new, "storage.limit-narrowed", reason, by, as_of)
    return new


@transaction.atomic
def lift_setting(*, setting_id: int, reason: str, by: User, as_of: datetime) -> LimitSetting:
    """The datasheet's own limit holds again. Raises Refused where that was done already, or rungs would stand out of
    their order."""
    setting = LimitSetting.objects.select_for_update().select_related("plant").get(pk=setting_id)
    if setting.lifted_at is not None:
        raise Refused(f"It was lifted by {setting.lifted_by} already.")
    plant = setting.plant
    left = list(LimitSetting.objects.in_force().filter(plant=plant).exclude(pk=setting.pk))
    refused = narrowed(plant, list(plant.limits.all()), left).refused
    if refused:
        raise Refused(f"{' '.join(refused)} Lift the other rungs of this limit first.")
    _lift(setting, reason=reason, by=by, as_of=as_of)
    _tell(setting, "storage.limit-lifted", reason, by, as_of)
    return setting


def _lift(setting: LimitSetting, *, reason: str, by: User, as_of: datetime) -> None:
    setting.lifted_at, setting.lifted_by, setting.lift_reason = as_of, by, reason
    setting.save(update_fields=["lifted_at", "lifted_by", "lift_reason"])


def _tell(setting: LimitSetting, action: str, reason: str, by: User, as_of: datetime) -> None:
    detail = {
        "plant": setting.plant.name,
        "limit": setting.name,
        "rung": setting.rung,
        "value": setting.value,
        "reason": reason,
    }
    audit.record(actor=by, action=action, target=f"storage/{setting.plant_id}", detail=detail, at=as_of)

from django.db import migrations
from django.utils import timezone

DESK = "storage"


def tell(apps, schema_editor):
    """What was promised before other desks could know of it, as it is told from now on."""
    plants, held = apps.get_model("storage", "StoragePlant"), apps.get_model("dispatch", "HeldReserve")
    now = timezone.now()
    for row in apps.get_model("storage", "ReserveCommitment").objects.filter(withdrawn_at=None, ends_at__gt=now):
        mine = plants.objects.filter(pk=row.plant_id) if row.plant_id else plants.objects.filter(fleet=row.fleet_id)
        sizes = {one.mrid: one.discharge_kw + one.charge_kw for one in mine if row.plant_id or one.is_planned}
        for mrid, size in sizes.items():
            part = size / (sum(sizes.values()) or 1.0)
            told = {"up_kw": part * row.up_kw, "down_kw": part * row.down_kw, "backing_h": row.backing_h}
            span = {"starts_at": row.starts_at, "ends_at": row.ends_at, "told_at": now}
            held.objects.create(desk=DESK, reference=f"reserve {row.pk}", device_mrid=mrid, **told, **span)


class Migration(migrations.Migration):
    dependencies = [("storage", "0007_wear_by_depth"), ("dispatch", "0015_held_reserve")]

    operations = [migrations.RunPython(tell, migrations.RunPython.noop)]

from collections.abc import Callable
from typing import Any

from django.db import migrations

from apps.forecasts.adapters.packed import packed, packed_quantiles, unpacked, unpacked_quantiles

_AT_ONCE = 500
# What is packed already is not tried again.
_STORAGE = "ALTER TABLE forecasts_forecast ALTER COLUMN quantiles_kw SET STORAGE {kind};"


def _rewrite(apps: Any, change: Callable[[bytes, int], bytes]) -> None:
    forecasts = apps.get_model("forecasts", "Forecast").objects
    newest = 0
    while rows := list(forecasts.select_related("run").filter(pk__gt=newest).order_by("pk")[:_AT_ONCE]):
        for row in rows:
            row.quantiles_kw = change(bytes(row.quantiles_kw), len(row.run.levels))
        forecasts.bulk_update(rows, ["quantiles_kw"])
        newest = rows[-1].pk


def _pack(apps: Any, _: Any) -> None:
    _rewrite(apps, lambda content, levels: packed_quantiles(unpacked(content, columns=levels)))


def _unpack(apps: Any, _: Any) -> None:
    _rewrite(apps, lambda content, levels: packed(unpacked_quantiles(content, levels=levels)))


class Migration(migrations.Migration):
    dependencies = [("forecasts", "0002_separations_and_model_changes")]

    operations = [
        migrations.RunPython(_pack, _unpack, elidable=True),
        migrations.RunSQL(_STORAGE.format(kind="EXTERNAL"), _STORAGE.format(kind="EXTENDED"), elidable=True),
    ]

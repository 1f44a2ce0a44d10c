import django.db.models.deletion
from django.db import migrations, models

_TO_TEXT = "UPDATE telemetry_measurementpoint SET address = common_address || '/' || ioa"
_TO_NUMBERS = """
UPDATE telemetry_measurementpoint
SET common_address = split_part(address, '/', 1)::int, ioa = split_part(address, '/', 2)::int
WHERE address ~ '^[0-9]{1,5}/[0-9]{1,8}$'
"""
_STATES = [("unknown", "Never heard"), ("up", "Up"), ("down", "Down")]


class Migration(migrations.Migration):
    dependencies = [("telemetry", "0005_rollups_and_retention")]

    operations = [
        migrations.AlterField(
            model_name="gateway",
            name="protocol",
            field=models.CharField(
                choices=[
                    ("iec104", "IEC 60870-5-104"),
                    ("mqtt", "MQTT, JSON"),
                    ("sparkplug", "MQTT, Sparkplug B"),
                    ("modbus", "Modbus TCP, SunSpec"),
                    ("http", "HTTP push"),
                ],
                default="iec104",
                max_length=16,
            ),
        ),
        migrations.AddField(model_name="gateway", name="settings", field=models.JSONField(blank=True, default=dict)),
        migrations.AddField(
            model_name="measurementpoint",
            name="address",
            field=models.CharField(default="", max_length=200),
            preserve_default=False,
        ),
        migrations.RunSQL(_TO_TEXT, _TO_NUMBERS),
        # A table whose rows have just changed cannot be altered while their checks are pending.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", "SET CONSTRAINTS ALL IMMEDIATE"),
        migrations.RemoveConstraint(model_name="measurementpoint", name="point_address_unique"),
        migrations.AddConstraint(
            model_name="measurementpoint",
            constraint=models.UniqueConstraint(fields=("gateway", "address"), name="point_address_unique"),
        ),
        migrations.AlterField(model_name="measurementpoint", name="ioa", field=models.PositiveIntegerField(default=0)),
        migrations.RemoveField(model_name="measurementpoint", name="common_address"),
        migrations.RemoveField(model_name="measurementpoint", name="ioa"),
        migrations.RemoveField(model_name="measurementpoint", name="asdu_type"),
        migrations.CreateModel(
            name="GatewayLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(blank=True, max_length=200)),
                ("state", models.CharField(choices=_STATES, default="unknown", max_length=8)),
                ("is_active", models.BooleanField(default=False)),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("since", models.DateTimeField(blank=True, null=True)),
                ("last_heard_at", models.DateTimeField(blank=True, null=True)),
                ("frames_in", models.BigIntegerField(default=0)),
                ("frames_out", models.BigIntegerField(default=0)),
                ("values_in", models.BigIntegerField(default=0)),
                ("values_per_s", models.FloatField(default=0.0)),
                ("refused", models.BigIntegerField(default=0)),
                ("last_refusal", models.CharField(blank=True, max_length=200)),
                ("round_trip_ms", models.FloatField(blank=True, null=True)),
                ("switchovers", models.BigIntegerField(default=0)),
                ("waiting", models.BigIntegerField(default=0)),
                ("written_at", models.DateTimeField()),
                (
                    "gateway",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="links", to="telemetry.gateway"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("gateway", "name"), name="one_row_a_link")],
            },
        ),
        migrations.CreateModel(
            name="Backfill",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("received_at", models.DateTimeField()),
                ("size", models.PositiveIntegerField()),
                ("point_id", models.BinaryField()),
                ("at_us", models.BinaryField()),
                ("value", models.BinaryField()),
                ("quality", models.BinaryField()),
                (
                    "gateway",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="telemetry.gateway"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PointMapImport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("applied_at", models.DateTimeField()),
                ("actor_name", models.CharField(blank=True, max_length=150)),
                ("file_name", models.CharField(blank=True, max_length=200)),
                ("digest", models.CharField(max_length=64)),
                ("added", models.PositiveIntegerField()),
                ("changed", models.PositiveIntegerField()),
                ("removed", models.PositiveIntegerField()),
                ("unchanged", models.PositiveIntegerField()),
                (
                    "gateway",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="imports", to="telemetry.gateway"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["gateway", "-applied_at"], name="import_by_gateway")],
            },
        ),
    ]

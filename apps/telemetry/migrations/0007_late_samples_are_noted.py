from django.db import migrations, models

# Noted in the transaction that stores them, forgotten in the one that rolls them up. Without a key: a note that is
# taken must not stand for one that is just being written.
FORWARD = "CREATE TABLE telemetry_rollup_due (point_id integer NOT NULL, ts timestamptz NOT NULL)"


class Migration(migrations.Migration):
    dependencies = [("telemetry", "0006_gateways_of_any_protocol")]

    operations = [
        migrations.RunSQL(FORWARD, "DROP TABLE telemetry_rollup_due"),
        migrations.AlterField(
            model_name="retentionpolicy",
            name="keep_days",
            field=models.PositiveIntegerField(
                help_text="Whole days. A table of a month or a year goes when all of it is older."
            ),
        ),
    ]

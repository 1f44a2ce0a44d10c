import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# From here on an UNKNOWN order keeps its device until it is settled. Of earlier ones only the newest of a device can
# still be: where the device was ordered again since, nobody has known of feedback in time, and that is what they say.
REOPEN = """
UPDATE dispatch_order AS o SET ended_at = NULL
 WHERE o.status = 'unknown'
   AND NOT EXISTS (SELECT FROM dispatch_order AS later WHERE later.device_mrid = o.device_mrid AND later.id > o.id);
UPDATE dispatch_order SET status = 'timed-out' WHERE status = 'unknown' AND ended_at IS NOT NULL;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("dispatch", "0008_pictures"),
        ("telemetry", "0010_controls"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="order",
            name="one_open_order_a_device",
        ),
        migrations.AddField(
            model_name="order",
            name="finding",
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddField(
            model_name="order",
            name="settled_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AlterField(
            model_name="order",
            name="status",
            field=models.CharField(
                choices=[
                    ("selected", "Selected"),
                    ("awaiting", "Awaiting the second person"),
                    ("ordered", "Ordered"),
                    ("sending", "Being sent"),
                    ("accepted", "Accepted by the field, feedback awaited"),
                    ("confirmed", "Confirmed by feedback"),
                    ("refused", "Refused by the field"),
                    ("not-sent", "Never left: nothing was done"),
                    ("timed-out", "No feedback in time"),
                    ("unknown", "UNKNOWN: it may have been done"),
                    ("found-done", "Found done"),
                    ("found-not-done", "Found not done"),
                    ("cancelled", "Cancelled"),
                    ("expired", "Expired"),
                ],
                default="selected",
                max_length=16,
            ),
        ),
        migrations.RunSQL(REOPEN, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("status__in", ["accepted", "awaiting", "ordered", "selected", "sending", "unknown"])
                ),
                fields=("device_mrid",),
                name="one_open_order_a_device",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status__in", ["found-done", "found-not-done"]), _negated=True),
                    models.Q(("settled_by__isnull", False), models.Q(("finding", ""), _negated=True)),
                    _connector="OR",
                ),
                name="found_by_somebody_who_says_what",
            ),
        ),
    ]

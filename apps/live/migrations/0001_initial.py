import uuid

import django.core.serializers.json
import django.db.models.functions.datetime
from django.db import migrations, models

import apps.live.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Horizon",
            fields=[
                ("stream", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("xid", apps.live.fields.Xid8Field()),
                ("last_id", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Epoch",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("seed", models.UUIDField(default=uuid.uuid4)),
                ("incarnation", models.CharField(blank=True, max_length=100)),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="live_epoch_is_one_row")],
            },
        ),
        migrations.CreateModel(
            name="JournalEntry",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("xid", apps.live.fields.Xid8Field(db_default=apps.live.fields.CurrentTransaction(), editable=False)),
                (
                    "recorded_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("stream", models.CharField(max_length=40)),
                ("kind", models.CharField(max_length=60)),
                ("subject", models.CharField(max_length=200)),
                ("payload", models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder)),
            ],
            options={
                "verbose_name_plural": "journal entries",
                "indexes": [
                    models.Index(fields=["stream", "xid", "id"], name="live_journal_position"),
                    models.Index(fields=["recorded_at"], name="live_journal_recorded_at"),
                ],
            },
        ),
    ]

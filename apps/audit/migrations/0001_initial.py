import django.core.serializers.json
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="AuditEvent",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("actor_id", models.BigIntegerField(null=True)),
                ("actor_name", models.CharField(blank=True, max_length=150)),
                ("actor_role", models.CharField(blank=True, max_length=20)),
                ("action", models.CharField(max_length=60)),
                ("target", models.CharField(max_length=300)),
                ("detail", models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ("source_ip", models.GenericIPAddressField(null=True)),
                ("previous_hash", models.CharField(max_length=64)),
                ("hash", models.CharField(max_length=64)),
            ],
            options={
                "ordering": ["-id"],
                "indexes": [
                    models.Index(fields=["at"], name="audit_event_at"),
                    models.Index(fields=["action", "at"], name="audit_event_action_at"),
                    models.Index(fields=["actor_name", "at"], name="audit_event_actor_at"),
                    models.Index(fields=["target", "at"], name="audit_event_target_at"),
                ],
            },
        ),
    ]

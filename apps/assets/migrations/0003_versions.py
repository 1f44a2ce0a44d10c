import django.contrib.postgres.fields
import django.core.serializers.json
import django.db.models.deletion
from django.db import migrations, models


def intervals(state, schema_editor):
    """Versions up to the current one were live one after the other; later ones wait for approval."""
    rows = list(state.get_model("assets", "NetworkModel").objects.order_by("imported_at", "id"))
    current = next((n for n, row in enumerate(rows) if row.is_current), None)
    for n, row in enumerate(rows):
        row.status = "checked"
        if current is not None and n <= current:
            row.live_from, row.live_until = row.imported_at, rows[n + 1].imported_at if n < current else None
            if row.live_until is None or row.live_until > row.live_from:
                row.status = "released"
            else:
                row.live_from = row.live_until = None
        row.save()


class Migration(migrations.Migration):
    dependencies = [("assets", "0002_search")]
    operations = [
        migrations.AlterModelOptions(
            name="networkmodel",
            options={"ordering": ["-imported_at", "-id"]},
        ),
        migrations.RemoveConstraint(
            model_name="networkmodel",
            name="one_version_per_digest",
        ),
        migrations.AddField(
            model_name="networkmodel",
            name="approved_against",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="assets.networkmodel"
            ),
        ),
        migrations.AddField(
            model_name="networkmodel",
            name="approved_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="networkmodel",
            name="approved_by",
            field=models.CharField(blank=True, max_length=150),
        ),
        migrations.AddField(
            model_name="networkmodel",
            name="author",
            field=models.CharField(blank=True, max_length=150),
        ),
        migrations.AddField(
            model_name="networkmodel",
            name="checked_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="networkmodel",
            name="checks",
            field=models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder),
        ),
        migrations.AddField(
            model_name="networkmodel",
            name="editor_ids",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="networkmodel",
            name="live_from",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="networkmodel",
            name="live_until",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="networkmodel",
            name="note",
            field=models.CharField(blank=True, help_text="What the change is for.", max_length=300),
        ),
        migrations.AddField(
            model_name="networkmodel",
            name="parent",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="children",
                to="assets.networkmodel",
            ),
        ),
        migrations.AddField(
            model_name="networkmodel",
            name="rejected_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="networkmodel",
            name="rejected_by",
            field=models.CharField(blank=True, max_length=150),
        ),
        migrations.AddField(
            model_name="networkmodel",
            name="rejection_reason",
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddField(
            model_name="networkmodel",
            name="released_by",
            field=models.CharField(blank=True, max_length=150),
        ),
        migrations.AddField(
            model_name="networkmodel",
            name="revision",
            field=models.PositiveIntegerField(default=0, help_text="Moves with every edit."),
        ),
        migrations.AddField(
            model_name="networkmodel",
            name="status",
            field=models.CharField(
                choices=[
                    ("draft", "Draft"),
                    ("checked", "Checked"),
                    ("approved", "Approved"),
                    ("released", "Released"),
                    ("rejected", "Rejected"),
                ],
                default="draft",
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="networkmodel",
            name="digest",
            field=models.CharField(
                blank=True, db_index=True, help_text="SHA-256 of the content when it was last checked.", max_length=64
            ),
        ),
        migrations.RunPython(intervals, migrations.RunPython.noop),
    ]

import django.contrib.postgres.constraints
from django.db import migrations, models

import apps.assets.models.network


class Migration(migrations.Migration):
    dependencies = [("assets", "0003_versions")]
    operations = [
        migrations.RemoveConstraint(
            model_name="networkmodel",
            name="one_current_network",
        ),
        migrations.RemoveField(
            model_name="networkmodel",
            name="is_current",
        ),
        migrations.AddConstraint(
            model_name="networkmodel",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("live_from__isnull", False)),
                expressions=[
                    (apps.assets.models.network.TsTzRange(models.F("live_from"), models.F("live_until")), "&&")
                ],
                name="one_live_network_at_any_instant",
            ),
        ),
        migrations.AddConstraint(
            model_name="networkmodel",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("live_until__isnull", True),
                    models.Q(("live_from__isnull", False), ("live_until__gt", models.F("live_from"))),
                    _connector="OR",
                ),
                name="network_live_until_after_live_from",
            ),
        ),
        migrations.AddConstraint(
            model_name="networkmodel",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("live_from__isnull", False), ("status", "released")),
                    models.Q(models.Q(("status", "released"), _negated=True), ("live_from__isnull", True)),
                    _connector="OR",
                ),
                name="network_released_has_an_interval",
            ),
        ),
        migrations.AddConstraint(
            model_name="networkmodel",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "rejected"), _negated=True),
                    models.Q(("rejection_reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="network_rejected_has_a_reason",
            ),
        ),
    ]

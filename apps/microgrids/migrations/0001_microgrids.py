import uuid

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("telemetry", "0014_fault_quantities"),
    ]

    operations = [
        migrations.CreateModel(
            name="Microgrid",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("mrid", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("name", models.CharField(max_length=120, unique=True)),
                ("coupling_switch_mrid", models.UUIDField()),
                ("forming_mrid", models.UUIDField()),
                ("note", models.CharField(blank=True, max_length=300)),
                ("is_active", models.BooleanField(default=True)),
                ("version", models.PositiveIntegerField(default=1)),
                ("made_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                (
                    "controller_gateway",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="microgrids",
                        to="telemetry.gateway",
                    ),
                ),
            ],
            options={
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="MicrogridMember",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("element_mrid", models.UUIDField(db_index=True)),
                ("name", models.CharField(max_length=200)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("load", "Load"),
                            ("storage", "Storage"),
                            ("generator", "Generator"),
                            ("renewable", "Renewable"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "priority",
                    models.PositiveSmallIntegerField(
                        blank=True, choices=[(1, "Critical"), (2, "Important"), (3, "Deferrable")], null=True
                    ),
                ),
                ("switch_mrid", models.UUIDField(blank=True, null=True)),
                ("customers", models.PositiveIntegerField(default=0)),
                (
                    "rated_kw",
                    models.FloatField(default=0.0, validators=[django.core.validators.MinValueValidator(0.0)]),
                ),
                (
                    "capacity_kwh",
                    models.FloatField(
                        blank=True, null=True, validators=[django.core.validators.MinValueValidator(0.0)]
                    ),
                ),
                (
                    "least_kw",
                    models.FloatField(default=0.0, validators=[django.core.validators.MinValueValidator(0.0)]),
                ),
                (
                    "fuel_kwh",
                    models.FloatField(
                        blank=True, null=True, validators=[django.core.validators.MinValueValidator(0.0)]
                    ),
                ),
                (
                    "start_cost_eur",
                    models.FloatField(default=0.0, validators=[django.core.validators.MinValueValidator(0.0)]),
                ),
                (
                    "fuel_cost_eur_per_kwh",
                    models.FloatField(default=0.0, validators=[django.core.validators.MinValueValidator(0.0)]),
                ),
                (
                    "emissions_kg_per_kwh",
                    models.FloatField(default=0.0, validators=[django.core.validators.MinValueValidator(0.0)]),
                ),
                (
                    "microgrid",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="members", to="microgrids.microgrid"
                    ),
                ),
            ],
            options={
                "ordering": ["microgrid", "kind", "priority", "name"],
            },
        ),
        migrations.AddConstraint(
            model_name="microgrid",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_active", True)),
                fields=("coupling_switch_mrid",),
                name="microgrid_one_behind_a_switch",
            ),
        ),
        migrations.AddConstraint(
            model_name="microgrid",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_active", True)),
                fields=("forming_mrid",),
                name="microgrid_one_formed_by_a_battery",
            ),
        ),
        migrations.AddConstraint(
            model_name="microgridmember",
            constraint=models.UniqueConstraint(fields=("microgrid", "element_mrid"), name="member_once_a_microgrid"),
        ),
        migrations.AddConstraint(
            model_name="microgridmember",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "load"), ("priority__in", [1, 2, 3])),
                    models.Q(models.Q(("kind", "load"), _negated=True), ("priority__isnull", True)),
                    _connector="OR",
                ),
                name="member_priority_of_loads_only",
            ),
        ),
        migrations.AddConstraint(
            model_name="microgridmember",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("capacity_kwh__gt", 0), ("kind", "storage")),
                    models.Q(models.Q(("kind", "storage"), _negated=True), ("capacity_kwh__isnull", True)),
                    _connector="OR",
                ),
                name="member_capacity_of_storages_only",
            ),
        ),
        migrations.AddConstraint(
            model_name="microgridmember",
            constraint=models.CheckConstraint(
                condition=models.Q(("least_kw__lte", models.F("rated_kw"))), name="member_least_below_rated"
            ),
        ),
        migrations.AddConstraint(
            model_name="microgridmember",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("emissions_kg_per_kwh__gte", 0),
                    ("fuel_cost_eur_per_kwh__gte", 0),
                    ("least_kw__gte", 0),
                    ("rated_kw__gte", 0),
                    ("start_cost_eur__gte", 0),
                ),
                name="member_figures_not_negative",
            ),
        ),
    ]

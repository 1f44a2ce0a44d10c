from typing import Any

from django.conf import settings
from django.db import migrations, models

_COLUMNS = """
    point_id integer NOT NULL,
    bucket timestamptz NOT NULL,
    n integer NOT NULL,
    known_s integer NOT NULL,
    min double precision,
    max double precision,
    mean double precision,
    last double precision,
    quality smallint NOT NULL,
    PRIMARY KEY (point_id, bucket)
"""
_TABLES = ("telemetry_rollup", "telemetry_rollup_quarter", "telemetry_rollup_hour", "telemetry_rollup_day")

# Minutes that were rolled up before go to tables of their days; the coarser ones are made of them at once.
_MOVE = """
DO $$
DECLARE of_day date;
BEGIN
    FOR of_day IN SELECT DISTINCT (bucket AT TIME ZONE 'UTC')::date FROM telemetry_rollup_before LOOP
        EXECUTE format(
            'CREATE TABLE telemetry_rollup_%s PARTITION OF telemetry_rollup FOR VALUES FROM (%L) TO (%L)',
            to_char(of_day, 'YYYYMMDD'), of_day || ' 00:00+00', of_day + 1 || ' 00:00+00');
    END LOOP;
END $$;
INSERT INTO telemetry_rollup (point_id, bucket, n, known_s, min, max, mean, last, quality)
SELECT point_id, bucket, n, CASE WHEN n > 0 THEN 60 ELSE 0 END, min, max, mean, last, quality
FROM telemetry_rollup_before;
DROP TABLE telemetry_rollup_before;
"""
_COARSER = """
INSERT INTO {coarse} (point_id, bucket, n, known_s, min, max, mean, last, quality)
SELECT point_id, date_bin('{seconds} seconds', bucket, 'epoch'), sum(n), sum(known_s), min(min), max(max),
       sum(mean * known_s) / nullif(sum(known_s), 0),
       (array_agg(last ORDER BY bucket DESC) FILTER (WHERE last IS NOT NULL))[1],
       (bit_or(quality) & ~((bit_or(quality) >> 1) & 1))::smallint
FROM {fine}
WHERE bucket < (SELECT date_bin('{seconds} seconds', done_until, 'epoch') FROM telemetry_rollup_progress)
GROUP BY 1, 2;
"""
_STEPS = zip(_TABLES, _TABLES[1:], (900, 3600, 86_400), strict=False)
FORWARD = "\n".join(
    [
        "ALTER TABLE telemetry_rollup RENAME TO telemetry_rollup_before;",
        "ALTER INDEX telemetry_rollup_pkey RENAME TO telemetry_rollup_before_pkey;",
        *(f"CREATE TABLE {name} ({_COLUMNS}) PARTITION BY RANGE (bucket);" for name in _TABLES),
        *(f"CREATE TABLE {name}_default PARTITION OF {name} DEFAULT;" for name in _TABLES),
        _MOVE,
        *(_COARSER.format(fine=fine, coarse=coarse, seconds=seconds) for fine, coarse, seconds in _STEPS),
    ]
)
BACKWARD = """
DROP TABLE telemetry_rollup_day, telemetry_rollup_hour, telemetry_rollup_quarter;
ALTER TABLE telemetry_rollup RENAME TO telemetry_rollup_after;
ALTER INDEX telemetry_rollup_pkey RENAME TO telemetry_rollup_after_pkey;
CREATE TABLE telemetry_rollup (
    point_id integer NOT NULL,
    bucket timestamptz NOT NULL,
    n integer NOT NULL,
    min double precision,
    max double precision,
    mean double precision,
    last double precision,
    quality smallint NOT NULL,
    PRIMARY KEY (point_id, bucket)
);
INSERT INTO telemetry_rollup SELECT point_id, bucket, n, min, max, mean, last, quality FROM telemetry_rollup_after;
DROP TABLE telemetry_rollup_after;
"""


def begin_policies(apps: Any, _: object) -> None:
    """Samples and solutions are kept as long as the environment said until now."""
    days = settings.SAMPLE_RETENTION_DAYS
    kept = {"samples": days, "minute": 90, "quarter": 400, "hour": 1830, "day": 7300, "solutions": days}
    longest = 0
    for data_class, wanted in kept.items():
        longest = max(longest, wanted) if data_class != "solutions" else wanted
        apps.get_model("telemetry", "RetentionPolicy").objects.create(data_class=data_class, keep_days=longest)


class Migration(migrations.Migration):
    dependencies = [("telemetry", "0004_ordered_days")]

    operations = [
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.CreateModel(
            name="RetentionPolicy",
            fields=[
                (
                    "data_class",
                    models.CharField(
                        choices=[
                            ("samples", "Samples as they came"),
                            ("minute", "Rollups of a minute"),
                            ("quarter", "Rollups of a quarter of an hour"),
                            ("hour", "Rollups of an hour"),
                            ("day", "Rollups of a day (UTC)"),
                            ("solutions", "Solved states, one a minute"),
                        ],
                        max_length=16,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("keep_days", models.PositiveIntegerField()),
                ("dropped_before", models.DateTimeField(blank=True, editable=False, null=True)),
            ],
            options={
                "verbose_name_plural": "retention policies",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("keep_days__gte", 1), ("keep_days__lte", 36500)),
                        name="retention_a_day_to_a_century",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="StorageReading",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(db_index=True)),
                ("database_bytes", models.BigIntegerField()),
                ("free_bytes", models.BigIntegerField(null=True)),
            ],
        ),
        migrations.RunPython(begin_policies, migrations.RunPython.noop),
    ]

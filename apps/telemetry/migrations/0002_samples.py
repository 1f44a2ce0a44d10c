from django.db import migrations

FORWARD = """
CREATE TABLE telemetry_sample (
    ts timestamptz NOT NULL,
    point_id integer NOT NULL,
    value double precision NOT NULL,
    quality smallint NOT NULL,
    received_at timestamptz NOT NULL
) PARTITION BY RANGE (ts);
CREATE INDEX telemetry_sample_ts ON telemetry_sample USING brin (ts) WITH (pages_per_range = 16, autosummarize = on);
CREATE INDEX telemetry_sample_received ON telemetry_sample USING brin (received_at)
    WITH (pages_per_range = 16, autosummarize = on);
CREATE TABLE telemetry_sample_default PARTITION OF telemetry_sample DEFAULT;

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
CREATE TABLE telemetry_rollup_progress (id smallint PRIMARY KEY CHECK (id = 1), done_until timestamptz NOT NULL);

-- Whole arrays change with every scan; compressing them would cost more than it saves.
ALTER TABLE telemetry_latestblock ALTER COLUMN at_us SET STORAGE EXTERNAL;
ALTER TABLE telemetry_latestblock ALTER COLUMN value SET STORAGE EXTERNAL;
ALTER TABLE telemetry_latestblock ALTER COLUMN quality SET STORAGE EXTERNAL;
"""

BACKWARD = """
DROP TABLE telemetry_rollup_progress;
DROP TABLE telemetry_rollup;
DROP TABLE telemetry_sample;
"""


class Migration(migrations.Migration):
    dependencies = [("telemetry", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

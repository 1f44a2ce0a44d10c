from django.db import migrations

# While rollups of a closed time are written anew, a trigger on their table notes here which are made or changed.
FORWARD = """
CREATE TABLE telemetry_rollup_changed (point_id integer NOT NULL, bucket timestamptz NOT NULL);

CREATE FUNCTION telemetry_note_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO telemetry_rollup_changed VALUES (NEW.point_id, NEW.bucket);
    RETURN NULL;
END
$$;
"""

BACKWARD = """
DROP FUNCTION telemetry_note_changed() CASCADE;
DROP TABLE telemetry_rollup_changed;
"""


class Migration(migrations.Migration):
    dependencies = [("telemetry", "0008_state_changes")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

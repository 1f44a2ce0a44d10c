from django.db import migrations, models

# While a closed day is written anew, a trigger on its table notes here what still comes for it.
FORWARD = """
CREATE TABLE telemetry_sample_late (LIKE telemetry_sample);

CREATE FUNCTION telemetry_note_late() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO telemetry_sample_late VALUES (NEW.*);
    RETURN NULL;
END
$$;
"""

BACKWARD = """
DROP FUNCTION telemetry_note_late() CASCADE;
DROP TABLE telemetry_sample_late;
"""


class Migration(migrations.Migration):
    dependencies = [("telemetry", "0003_limit_state_names_its_limit")]

    operations = [
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.AddIndex(
            model_name="ingestreceipt",
            index=models.Index(fields=["created_at"], name="receipt_created_at"),
        ),
    ]

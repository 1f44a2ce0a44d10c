from django.db import migrations

FORWARD = "ALTER TABLE state_solution ALTER COLUMN frame SET STORAGE EXTERNAL"
BACKWARD = "ALTER TABLE state_solution ALTER COLUMN frame SET STORAGE EXTENDED"


class Migration(migrations.Migration):
    """Floats do not shrink: Postgres tried to compress every frame, in vain."""

    dependencies = [("state", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

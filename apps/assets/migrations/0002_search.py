"""Search finds parts of names; trigram indexes make it quick where the server has pg_trgm, else it reads the tables."""

from django.db import migrations, transaction
from django.db.utils import ProgrammingError

CLASSES = [
    "aclinesegment",
    "batteryunit",
    "connectivitynode",
    "energyconsumer",
    "energysource",
    "feeder",
    "generatingunit",
    "linearshuntcompensator",
    "powertransformer",
    "substation",
    "switch",
]


def add_indexes(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_trgm'")
        if cursor.fetchone()[0] == 0:
            return
        try:
            with transaction.atomic(using=schema_editor.connection.alias):
                cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        except ProgrammingError:  # the owner of the database may not add extensions
            return
        for name in CLASSES:
            cursor.execute(
                f"CREATE INDEX IF NOT EXISTS {name}_by_part_of_name "
                f"ON assets_{name} USING gin (upper(name) gin_trgm_ops)"
            )


def drop_indexes(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        for name in CLASSES:
            cursor.execute(f"DROP INDEX IF EXISTS {name}_by_part_of_name")


class Migration(migrations.Migration):
    dependencies = [("assets", "0001_initial")]
    operations = [migrations.RunPython(add_indexes, drop_indexes)]

from django.db import migrations


class Migration(migrations.Migration):
    """The app begins; its tables come with the migrations that follow, each of its own subject."""

    initial = True

    dependencies = [
        ("assets", "0006_phases"),
    ]

    operations: list[migrations.operations.base.Operation] = []

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("state", "0003_history_keeps_its_network")]

    operations = [migrations.AddField("solution", "topology", models.JSONField(default=list))]

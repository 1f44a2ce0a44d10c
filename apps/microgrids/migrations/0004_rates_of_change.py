from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("microgrids", "0003_readiness"),
    ]

    operations = [
        migrations.AddField(
            model_name="islandingrule",
            name="measured",
            field=models.FloatField(blank=True, null=True),
        ),
    ]

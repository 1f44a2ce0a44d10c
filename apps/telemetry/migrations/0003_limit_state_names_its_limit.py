from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("telemetry", "0002_samples"),
    ]

    operations = [
        migrations.AddField(
            model_name="latestblock",
            name="limit_id",
            field=models.BinaryField(default=bytes),
        ),
        migrations.AlterField(
            model_name="pointlimit",
            name="condition",
            field=models.CharField(
                choices=[
                    ("high", "High limit"),
                    ("low", "Low limit"),
                    ("off-normal", "Switch off its normal position"),
                ],
                max_length=32,
            ),
        ),
    ]

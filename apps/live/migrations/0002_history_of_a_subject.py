from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("live", "0001_initial")]

    operations = [
        migrations.AddIndex(
            model_name="journalentry",
            index=models.Index(fields=["stream", "subject", "recorded_at"], name="live_journal_subject"),
        ),
    ]

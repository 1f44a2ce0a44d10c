import uuid
from typing import Any

from django.db import migrations, models

# Numbers are given under a lock of the stream that is held until the commit, so that what has a lower number is committed
# or gone when a higher one is seen, whoever writes and however.
FORWARD = """
CREATE FUNCTION live_number_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('live journal ' || NEW.stream, 0));
    NEW.id := nextval('live_journalentry_id_seq');
    RETURN NEW;
END
$$;
CREATE TRIGGER live_journal_in_order BEFORE INSERT ON live_journalentry
    FOR EACH ROW EXECUTE FUNCTION live_number_in_order();
"""
BACKWARD = """
DROP TRIGGER live_journal_in_order ON live_journalentry;
DROP FUNCTION live_number_in_order();
"""


def begin_anew(apps: Any, _: object) -> None:
    """Positions of before say nothing any more: readers begin with a snapshot."""
    apps.get_model("live", "Epoch").objects.update(seed=uuid.uuid4())


class Migration(migrations.Migration):
    dependencies = [("live", "0002_history_of_a_subject")]

    operations = [
        migrations.RunPython(begin_anew, begin_anew),
        migrations.RemoveIndex(model_name="journalentry", name="live_journal_position"),
        migrations.RemoveField(model_name="journalentry", name="xid"),
        migrations.RemoveField(model_name="horizon", name="xid"),
        migrations.AddIndex(
            model_name="journalentry",
            index=models.Index(fields=["stream", "id"], name="live_journal_position"),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]

from django.db import migrations

CREATE = """
CREATE FUNCTION logbook_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Notes are only added; a correction is a note of its own.' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER logbook_notes_stay BEFORE UPDATE OR DELETE ON logbook_note
    FOR EACH STATEMENT EXECUTE FUNCTION logbook_refuse();
"""
DROP = """
DROP TRIGGER logbook_notes_stay ON logbook_note;
DROP FUNCTION logbook_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("logbook", "0001_initial")]

    operations = [migrations.RunSQL(CREATE, DROP)]

import pytest

from tests.studies.enrolment import measured


@pytest.mark.django_db
def test_a_file_brings_in_all_of_its_good_rows_and_names_each_bad_one() -> None:
    found = measured(600, 30)
    assert (found["bad_rows_named"], found["left_out"]) == (30, 30)
    assert found["enrolled"] == found["identities"] == 570

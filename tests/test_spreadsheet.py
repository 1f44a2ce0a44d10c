import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridops.spreadsheet import SheetWriter, guarded, unguarded

# As listed by OWASP (CSV injection).
ATTACKS = ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1+1", "\n=1+1", '=HYPERLINK("http://x";"y")', "＝1+1", "-"]


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_would_be_run_is_marked_as_text(attack: str) -> None:
    assert guarded(attack) == f"'{attack}"


@pytest.mark.parametrize("value", ["-5", "+3.25", "-1e-9", "-.5", "", "CB 1", "a=b", "O'Neill", -5.5, 0, None, True])
def test_numbers_and_harmless_texts_stay_as_they_are(value: object) -> None:
    assert guarded(value) == value


@pytest.mark.parametrize("text", ["-1_000", "-inf", "+49 30 1234", "-5=A1", "-0x10"])
def test_what_only_resembles_a_number_is_marked(text: str) -> None:
    assert guarded(text) == f"'{text}"


@given(st.text(alphabet="'=+-@\t\r\n1a＝ .e", max_size=8))
def test_every_text_reads_back_as_it_was(text: str) -> None:
    written = guarded(text)
    assert isinstance(written, str)
    assert unguarded(written) == text


@given(st.lists(st.text(alphabet="'=+-@\t1a\"; ,", max_size=8), min_size=1, max_size=4))
def test_no_cell_of_a_written_file_begins_a_formula_unless_it_is_a_number(cells: list[str]) -> None:
    sink = io.StringIO()
    SheetWriter(sink, lineterminator="\n").writerows([cells])
    (row,) = csv.reader(io.StringIO(sink.getvalue()))
    assert [unguarded(cell) for cell in row] == cells
    assert all(guarded(cell) == cell or cell.startswith("'") for cell in row)

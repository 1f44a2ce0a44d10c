"""The report for the board: what stands in it, who may have it, and what it must not do to a spreadsheet."""

import base64
import csv
import io
import re
import zlib

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.impact.choices.study import ClaimVerdict, StudyState
from apps.impact.models import ArmRun, Study
from apps.impact.rules.figure_units import unit_of
from apps.impact.selectors.report import board_report
from apps.impact.services.report_csv import report_csv
from apps.impact.services.report_layout import interval, number, plain, share
from apps.impact.services.report_pdf import report_pdf
from tests.apps.impact.report_studies import AT, judged_study

pytestmark = pytest.mark.django_db


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_the_pdf_is_one_and_the_same_for_the_same_study():
    report = board_report(judged_study())
    first = report_pdf(report)
    assert first.startswith(b"%PDF-")
    assert first.rstrip().endswith(b"%%EOF")
    assert report_pdf(report) == first


def test_the_rows_tell_every_claim_with_its_guards_and_every_tape():
    study = judged_study(shuffled=True)
    assert study.is_valid, study.judgement["checks"]
    rows = rows_of(report_csv(board_report(study)))
    claims = {row["claim"]: row for row in rows if row["part"] == "claim"}
    assert set(claims) == {"outages", "efficiency", "renewables", "cost", "response", "carbon"}
    told = next(each for each in study.judgement["claims"] if each["key"] == "outages")
    assert float(claims["outages"]["value"]) == told["gain"]
    assert claims["outages"]["verdict"] == told["verdict"]
    values = [row for row in rows if row["part"] == "tape_value" and row["claim"] == "outages"]
    assert len(values) == 4 * 8
    assert {row["part"] for row in rows} >= {"guards", "beside", "ablation", "check", "tape", "assumption", "figure"}


def test_a_check_that_fails_stands_in_both():
    study = judged_study()
    assert not study.is_valid  # no shuffled future was played
    report = board_report(study)
    failing = [row["name"] for row in rows_of(report_csv(report)) if row["verdict"] == "fails"]
    assert "future_is_not_known" in failing


def test_a_study_with_a_failed_check_claims_nothing_anywhere():
    study = judged_study()
    assert {claim["verdict"] for claim in study.judgement["claims"]} == {ClaimVerdict.VOID}
    claims = [row for row in rows_of(report_csv(board_report(study))) if row["part"] == "claim"]
    assert [row["verdict"] for row in claims] == 6 * ["void"]
    assert all(row["value"] == "" and row["words"].startswith("No claim") for row in claims)
    told = _text(report_pdf(board_report(study)))
    assert "no claim" in told
    assert "gets better by" not in told


def _text(pdf: bytes) -> str:
    """What the pages write, without where."""
    streams = re.findall(rb"\nstream\n(.*?)~>endstream", pdf, re.DOTALL)
    pages = [zlib.decompress(base64.a85decode(part)) for part in streams]
    return " ".join(re.findall(r"\((.*?)\) Tj", b"".join(pages).decode("latin-1")))


def test_every_figure_of_every_arm_on_every_tape_is_a_row_with_its_unit_and_its_run():
    study = judged_study(2)
    rows = [row for row in rows_of(report_csv(board_report(study))) if row["part"] == "run_figure"]
    runs = ArmRun.objects.filter(tape__study=study).select_related("tape")
    assert len(rows) == sum(len(run.figures) for run in runs)
    one = next(run for run in runs if run.arm == "A1" and run.tape.seed == 2)
    row = next(row for row in rows if row["run"] == str(one.pk) and row["name"] == "ens_kwh")
    assert float(row["value"]) == one.figures["ens_kwh"]
    assert (row["unit"], row["tape_hash"], row["code_version"]) == ("kWh", one.tape.tape_hash, one.code_version)


@pytest.mark.parametrize(
    ("figure", "unit"),
    [("saidi_all_min", "min"), ("to_first_median_s", "s"), ("cost_even_eur_per_customer", "EUR per customer"),
     ("node_minutes_outside", "min"), ("loss_even_share", "1"), ("saifi", "1"), ("co2_marginal_even_kg", "kg")],
)  # fmt: skip
def test_the_unit_of_a_figure_is_read_off_its_name(figure: str, unit: str):
    assert unit_of(figure) == unit


def test_the_figures_by_arm_are_means_over_the_tapes():
    study = judged_study()
    report = board_report(study)
    values = [run.figures["saidi_all_min"] for tape in study.tapes.all() for run in tape.runs.all() if run.arm == "A1"]
    assert report.figures["saidi_all_min"]["A1"] == pytest.approx(sum(values) / len(values))
    assert report.figures["supplied_min_per_customer"]["A1"] == pytest.approx(1440 - sum(values) / len(values))


def test_a_spreadsheet_runs_no_formula_of_ours():
    text = report_csv(board_report(judged_study(network='=HYPERLINK("http://x";"y")')))
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert any(cell.startswith("'=HYPERLINK") for cell in cells)
    texts = [cell for cell in cells if not _is_number(cell)]
    assert not [cell for cell in texts if cell.startswith(("=", "+", "-", "@"))]


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def test_a_name_that_the_letters_cannot_write_does_not_break_the_pdf():
    assert report_pdf(board_report(judged_study(2, network="<b>Łódź & 東京</b>"))).startswith(b"%PDF-")
    assert plain("東京") == "??"


def test_numbers_are_written_for_people():
    assert [number(each) for each in (None, 0.0, 1234567.0, 0.01234, -2.5)] == [
        "not known", "0", "1 234 567", "0.01234", "-2.5",
    ]  # fmt: skip
    assert (share(0.4), share(-0.123, signed=True), share(0.00001, signed=True)) == ("40 %", "-12.3 %", "0.0 %")
    assert interval(None, 1.0) == "not known"


def test_a_study_that_is_not_judged_has_no_report_yet(client: Client):
    client.force_login(User.objects.create_user("ada", password="x", role=Role.ENGINEER))
    study = Study.objects.create(asked_at=AT, network="n", seeds=1, days=1, arms=["A1"], state=StudyState.RUNNING)
    for name in ("report-pdf", "report-csv"):
        answer = client.get(reverse(f"impact:{name}", args=[study.pk]))
        assert answer.status_code == 409
        assert "not judged" in answer.json()["detail"]


def test_whoever_sees_the_grid_gets_the_files(client: Client):
    study = judged_study(2)
    address = reverse("impact:report-pdf", args=[study.pk])
    assert client.get(address).status_code in (401, 403)
    client.force_login(User.objects.create_user("ada", password="x", role=Role.OPERATOR))
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == f'attachment; filename="benefits-case33bw-{study.pk}.pdf"'
    assert client.get(reverse("impact:report-csv", args=[study.pk])).status_code == 200
    assert client.get(reverse("impact:report-csv", args=[study.pk + 1])).status_code == 404

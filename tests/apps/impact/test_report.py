"""The report for the board: what stands in it, who may have it, and what it must not do to a spreadsheet."""

import csv
import io

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.impact.choices.study import StudyState
from apps.impact.models import Study
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
    study = judged_study()
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

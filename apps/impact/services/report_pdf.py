"""The report for the board as PDF: the same study gives the same bytes."""

import io
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import CondPageBreak, Flowable, KeepTogether, PageBreak, SimpleDocTemplate, Spacer

from apps.impact.choices.study import Arm, ClaimVerdict
from apps.impact.selectors.arm_figures import ARM_FIGURES
from apps.impact.selectors.report import BoardReport
from apps.impact.services.report_drawing import claim_drawing
from apps.impact.services.report_layout import QUIET, heading, interval, number, paragraph, plain, share, table

MARGIN = 18 * mm
GAP = Spacer(1, 3 * mm)
SMALL_GAP = Spacer(1, 1.5 * mm)
HASH_SHOWN = 16
NEEDED = 70 * mm  # below a claim's heading, else it begins on the next page


def report_pdf(report: BoardReport) -> bytes:
    """A4, upright."""
    out = io.BytesIO()
    document = SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        title=plain(f"Benefits measured on {report.network}"),
        author="GridOps",
        invariant=1,
    )
    foot = partial(_foot, report)
    document.build(_story(report), onFirstPage=foot, onLaterPages=foot)
    return out.getvalue()


def _story(report: BoardReport) -> list[Flowable]:
    story = [*_front(report), *_summary(report), *_figures(report), PageBreak()]
    for claim in report.judgement["claims"]:
        story += _claim(claim)
    return [*story, PageBreak(), *_checks(report), *_making(report)]


def _front(report: BoardReport) -> list[Flowable]:
    tapes, day = len(report.judgement["seeds"]), "day" if report.days == 1 else "days"
    said = (
        f"{tapes} sealed tapes of {report.days} {day} each were played again by every arm on the same plant in the same"
        " AC simulation. A0 does nothing; A1 is competent usual working; A2 is GridOps as it ships; A3 knows the future"
        " and is the ceiling. Every share is A2 against A1, tape by tape, with a 95 % interval of the paired bootstrap."
    )
    story: list[Flowable] = [heading(f"What GridOps is worth on {report.network}", 0), paragraph(said), SMALL_GAP]
    if not report.is_valid:
        failed = [check["words"] for check in report.judgement["checks"].values() if not check["ok"]]
        story.append(paragraph(f"THIS STUDY DOES NOT COUNT. {' '.join(failed)}", strong=True))
    story += [paragraph(note, strong=True) for note in report.judgement["notes"]]
    return [*story, GAP]


def _summary(report: BoardReport) -> list[Flowable]:
    rows = [["Claim", "Sold with", "Measured", "95 % interval", "At worst", "Ceiling (A3)", "Verdict"]]
    rows += [_claim_row(claim) for claim in report.judgement["claims"]]
    words = (
        "Above 0 is better, below 0 worse. At worst: with everything that is in doubt, such as energy that was not"
        " served and charge that was left in the batteries, reckoned against GridOps."
    )
    return [heading("The six claims"), table(rows, [86, 62, 50, 84, 46, 58, 112]), SMALL_GAP, paragraph(words, QUIET)]


def _claim_row(claim: Mapping[str, Any]) -> list[str]:
    if claim["verdict"] == ClaimVerdict.VOID:
        said = f"{share(claim['said_low'])} to {share(claim['said_high'])}"
        return [claim["title"], said, "no claim", "", "", "", ClaimVerdict(claim["verdict"]).label]
    return [
        claim["title"],
        f"{share(claim['said_low'])} to {share(claim['said_high'])}",
        share(claim["gain"], signed=True),
        interval(claim["gain_low"], claim["gain_high"]),
        share(claim["harsh_gain"], signed=True),
        share(claim["ceiling_gain"], signed=True),
        ClaimVerdict(claim["verdict"]).label,
    ]


def _figures(report: BoardReport) -> list[Flowable]:
    rows = [["Mean of a tape", *(f"{arm.value}" for arm in Arm)]]
    for name, by_arm in report.figures.items():
        rows.append([ARM_FIGURES[name], *(number(by_arm.get(arm.value)) for arm in Arm)])
    return [
        GAP,
        KeepTogether([heading("Economic, environmental and service figures"), table(rows, [230, 66, 66, 66, 66])]),
    ]


def _claim(claim: Mapping[str, Any]) -> list[Flowable]:
    story: list[Flowable] = [
        CondPageBreak(NEEDED),
        heading(claim["title"]),
        paragraph(claim["definition"], QUIET),
        SMALL_GAP,
        paragraph(claim["sentence"], strong=True),
    ]
    if claim["verdict"] != ClaimVerdict.VOID:
        story += [SMALL_GAP, claim_drawing(claim)]
    if claim["cap"] is not None:
        story.append(paragraph(f"What is used already leaves room for at most {share(claim['cap'])} more.", QUIET))
    if claim["guards"]:
        story += [SMALL_GAP, _pairs("Guards", claim["guards"])]
    if claim["beside"]:
        story += [SMALL_GAP, _pairs("Further figures of the claim", claim["beside"])]
    story += [SMALL_GAP, *_ablation(claim["ablation"])]
    return [*story, GAP]


def _pairs(title: str, rows: Sequence[Mapping[str, Any]]) -> Flowable:
    told = [[title, "A1", "A2", "Difference", "95 % interval", "Verdict"]]
    told += [
        [
            row["words"],
            number(row["base"]),
            number(row["other"]),
            number(row["difference"], signed=True),
            interval(row["difference_low"], row["difference_high"], as_share=False),
            ClaimVerdict(row["verdict"]).label,
        ]
        for row in rows
    ]
    return table(told, [166, 56, 56, 62, 88, 70])


def _ablation(rows: Sequence[Mapping[str, Any]]) -> list[Flowable]:
    if not rows:
        return [paragraph("No desk was left out in this study: what each is worth alone was not measured.", QUIET)]
    told = [["Without the desk", "A2", "Without it", "Change", "95 % interval"]]
    told += [
        [
            row["desk"],
            number(row["base"]),
            number(row["other"]),
            share(row["change"], signed=True),
            interval(row["change_low"], row["change_high"]),
        ]
        for row in rows
    ]
    return [table(told, [166, 80, 80, 62, 110])]


def _checks(report: BoardReport) -> list[Flowable]:
    rows = [["Check", "Holds", "Words"]]
    for name, check in report.judgement["checks"].items():
        rows.append([name.replace("_", " "), "yes" if check["ok"] else "NO", check["words"]])
    words = "A study whose checks do not all hold says nothing, whatever its figures are."
    return [heading("Checks that void a study"), paragraph(words, QUIET), SMALL_GAP, table(rows, [120, 40, 338]), GAP]


def _making(report: BoardReport) -> list[Flowable]:
    finished = report.finished_at.strftime("%Y-%m-%d %H:%M UTC") if report.finished_at else "not ended"
    hours = ", ".join(f"{arm} {number(value)} h" for arm, value in report.hours.items() if value)
    facts = [["How it was made", ""], ["Study", f"{report.study_id}, finished {finished}"]]
    facts += [["Code", report.code_version or "not known"], ["To repeat it", report.command]]
    facts += [["Wall time", hours or "not known"]]
    facts += [
        [name.replace("_", " "), number(value)] for name, value in report.judgement.get("assumptions", {}).items()
    ]
    tapes = [["Seed", "Tape (SHA-256, its beginning)", "Begins", "Runs"]]
    for tape in report.tapes:
        begin = tape.begin_at.strftime("%Y-%m-%d %H:%M UTC") if tape.begin_at else "not sealed"
        tapes.append([str(tape.seed), tape.tape_hash[:HASH_SHOWN] or "not sealed", begin, str(tape.runs)])
    return [heading("Made from"), table(facts, [140, 358]), GAP, table(tapes, [80, 198, 150, 70])]


def _foot(report: BoardReport, canvas: Canvas, document: SimpleDocTemplate) -> None:
    canvas.saveState()
    canvas.setFont("Helvetica", 7)
    canvas.drawString(
        MARGIN, 10 * mm, plain(f"Study {report.study_id} on {report.network}, code {report.code_version}")
    )
    canvas.drawRightString(A4[0] - MARGIN, 10 * mm, str(document.page))
    canvas.restoreState()

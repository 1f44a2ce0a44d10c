"""The report for the board as rows for a spreadsheet or a script: all that the pages show, and every tape."""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

from apps.impact.choices.study import ClaimVerdict
from apps.impact.rules.figure_units import unit_of
from apps.impact.selectors.arm_figures import ARM_FIGURES
from apps.impact.selectors.report import BoardReport

COLUMNS = (
    "part", "claim", "name", "unit", "arm", "without", "seed", "value", "low", "high", "base", "other", "verdict",
    "run", "tape_hash", "code_version", "words",
)  # fmt: skip
WITH_UNITS = {"beside", "guards", "ablation", "figure", "tape_value", "run_figure"}  # of other parts: shares
Row = dict[str, Any]
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def report_csv(report: BoardReport) -> str:
    """One table, a row a fact. Shares are parts of one, not per cent; what is not known is empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in _rows(report):
        told = {"unit": unit_of(str(row["name"])), **row} if row["part"] in WITH_UNITS else row
        writer.writerow([_cell(told.get(name)) for name in COLUMNS])
    return out.getvalue()


def _rows(report: BoardReport) -> Iterator[Row]:
    yield from _study(report)
    for claim in report.judgement["claims"]:
        yield from _claim(report, claim)
    for name, check in report.judgement["checks"].items():
        yield {"part": "check", "name": name, "value": check["value"], "high": check["bound"],
               "verdict": "holds" if check["ok"] else "fails", "words": check["words"]}  # fmt: skip
    for name, by_arm in report.figures.items():
        for arm, value in by_arm.items():
            yield {"part": "figure", "name": name, "arm": arm, "value": value, "words": ARM_FIGURES[name]}
    for name, value in report.judgement.get("assumptions", {}).items():
        yield {"part": "assumption", "name": name, "value": value}
    yield from _runs(report)
    for tape in report.tapes:
        yield {"part": "tape", "name": tape.tape_hash, "seed": tape.seed, "value": tape.runs, "words": "runs"}


def _study(report: BoardReport) -> Iterator[Row]:
    facts = {
        "study": report.study_id,
        "network": report.network,
        "seeds": report.seeds,
        "days": report.days,
        "arms": ",".join(report.arms),
        "code_version": report.code_version,
        "finished_at": report.finished_at.isoformat() if report.finished_at else None,
        "is_valid": report.is_valid,
        "command": report.command,
    }
    for name, value in facts.items():
        yield {"part": "study", "name": name, "words": value}
    for note in report.judgement["notes"]:
        yield {"part": "study", "name": "note", "words": note}


def _claim(report: BoardReport, claim: Mapping[str, Any]) -> Iterator[Row]:
    key = claim["key"]
    main = {"part": "claim", "claim": key, "name": claim["figure"], "arm": "A2"}
    gains = {"value": claim["gain"], "low": claim["gain_low"], "high": claim["gain_high"]}
    nothing: Row = dict.fromkeys(gains)
    yield {**main, **_pair(claim["main"]), **(nothing if claim["verdict"] == ClaimVerdict.VOID else gains),
           "verdict": claim["verdict"], "words": claim["sentence"]}  # fmt: skip
    yield {"part": "said", "claim": key, "low": claim["said_low"], "high": claim["said_high"], "words": claim["title"]}
    yield {"part": "definition", "claim": key, "name": claim["figure"], "words": claim["definition"]}
    yield {"part": "harsh", "claim": key, "name": claim["figure"], "value": claim["harsh_gain"],
           "low": claim["harsh_gain_low"], "high": claim["harsh_gain_high"]}  # fmt: skip
    yield {"part": "ceiling", "claim": key, "name": claim["figure"], "arm": "A3",
           "value": claim["ceiling_gain"], "low": claim["ceiling_gain_low"],
           "high": claim["ceiling_gain_high"]}  # fmt: skip
    for part in ("beside", "guards"):
        for each in claim[part]:
            yield {"part": part, "claim": key, "name": each["figure"], **_pair(each), "value": each["difference"],
                   "verdict": each["verdict"], "words": each["words"]}  # fmt: skip
    for each in claim["ablation"]:
        yield {
            "part": "ablation",
            "claim": key,
            "name": claim["figure"],
            "arm": "A2",
            "without": each["desk"],
            **_pair(each),
            "value": each["difference"],
        }
    for arm, values in claim["by_arm"].items():
        for seed, value in zip(report.judgement["seeds"], values, strict=True):
            yield {"part": "tape_value", "claim": key, "name": claim["figure"], "arm": arm, "seed": seed,
                   "value": value}  # fmt: skip


def _runs(report: BoardReport) -> Iterator[Row]:
    """Every figure of every arm on every tape, with the run that it is of."""
    for run in report.runs:
        whose = {"part": "run_figure", "arm": run.arm, "without": run.without, "seed": run.tape.seed, "run": run.pk}
        whose |= {"tape_hash": run.tape.tape_hash, "code_version": run.code_version}
        for name, value in run.figures.items():
            yield {**whose, "name": name, "value": value}


def _pair(pair: Mapping[str, Any]) -> Row:
    return {
        "low": pair["difference_low"],
        "high": pair["difference_high"],
        "base": pair["base"],
        "other": pair["other"],
    }


def _cell(value: Any) -> Any:
    """A text that a spreadsheet would run as a formula begins with an apostrophe."""
    if value is None:
        return ""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value

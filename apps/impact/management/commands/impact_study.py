import json
import shlex
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from apps.impact.adapters.claim_judging import NotJudged
from apps.impact.adapters.code_version import drawn_seeds
from apps.impact.adapters.study_folder import PlayedStudy, StudyFolder, study_file
from apps.impact.choices.study import MOST_SEEDS, MOST_WORKERS, Arm
from apps.impact.rules.study_plan import ACTING, DESKS, Terms, faults_of_terms
from apps.impact.services.study_asking import StudyUnderWay
from apps.impact.services.study_keeping import keep_played_study


class Command(BaseCommand):
    help = (
        "What is GridOps worth on a network? Arms replay the same sealed tapes: A0 nothing, A1 competent business as "
        "usual, A2 GridOps as it ships, A3 perfect foresight. What was played already is not played again. Needs no "
        "database, but with --keep."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--grid", required=True, metavar="NETWORK", help="as import_network takes it")
        seeds = parser.add_mutually_exclusive_group(required=True)
        seeds.add_argument("--seeds", type=_number(MOST_SEEDS), metavar="N", help="so many, drawn from the code itself")
        seeds.add_argument("--seed-list", type=_seeds, metavar="S,S,...", help="these, to repeat a study")
        parser.add_argument("--days", type=_number(366), required=True, metavar="D", help="length of a tape")
        parser.add_argument("--arms", type=_arms, default=tuple(Arm), metavar="A1,A2", help="all four; A0 is always")
        parser.add_argument(
            "--without", type=_names, default=(), metavar="DESK,DESK", help=f"A2 without each: {', '.join(DESKS)}"
        )
        parser.add_argument("--workers", type=_number(MOST_WORKERS), default=1, metavar="W", help="runs at once")
        parser.add_argument("--folder", type=Path, help="where tapes and runs are kept (VAR/impact)")
        parser.add_argument("--keep", action="store_true", help="in the database too, for the page of benefits")
        parser.add_argument(
            "--json", type=Path, required=True, metavar="OUT", help="file of the result; - writes it out"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        terms = _terms(options)
        folder = options["folder"] or settings.VAR / "impact"
        played = StudyFolder(folder, workers=options["workers"], report=self._say).play(terms)
        try:
            document = study_file(played, _command(terms))
        except NotJudged as fault:
            raise CommandError(str(fault)) from None
        self._write(options["json"], document)
        if options["keep"]:
            self._keep(played)
        self._tell(document)
        if reason := _fault(terms, document):
            raise CommandError(reason)

    def _say(self, text: str) -> None:
        self.stderr.write(text)

    def _write(self, out: Path, document: dict[str, Any]) -> None:
        text = json.dumps(document, indent=1, allow_nan=False) + "\n"
        if str(out) == "-":
            self.stdout.write(text)
            return
        try:
            out.write_text(text, encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{out} cannot be written: {error}") from None

    def _keep(self, played: PlayedStudy) -> None:
        try:
            study = keep_played_study(played=played, as_of=timezone.now())
        except StudyUnderWay as busy:
            raise CommandError(str(busy)) from None
        self._say(f"Kept as study {study.pk}.")

    def _tell(self, document: dict[str, Any]) -> None:
        for claim in document["study"]["claims"]:
            self._say(f"{claim['title']}: {claim['sentence']}")
        for name, check in document["study"]["checks"].items():
            if not check["ok"]:
                self._say(f"check {name} failed: {check['words']}")
        for note in document["study"]["notes"]:
            self._say(f"note: {note}")


def _terms(options: dict[str, Any]) -> Terms:
    seeds = options["seed_list"] or tuple(drawn_seeds(options["grid"], options["seeds"]))
    terms = Terms(options["grid"], seeds, options["days"], options["arms"], options["without"])
    if faults := faults_of_terms(terms):
        raise CommandError(" ".join(f"--{field}: {text}" for field, text in faults.items()))
    return terms


def _fault(terms: Terms, document: dict[str, Any]) -> str:
    """Why whoever scripts this must not go on; a study that leaves an arm out on purpose only lacks its comparison."""
    if document["failed"]:
        first = document["failed"][0]
        named = f"{first['run']} of seed {first['seed']}"
        return f"{len(document['failed'])} runs failed, the first ({named}): {first['reason']}"
    if set(ACTING) <= set(terms.arms) and not document["study"]["is_valid"]:
        return "The study says nothing: a check failed."
    return ""


def _command(terms: Terms) -> str:
    """What repeats it: the seeds by name, because another program would draw others."""
    words = ["manage.py", "impact_study", "--grid", terms.network, "--seed-list", ",".join(map(str, terms.seeds))]
    words += ["--days", str(terms.days), "--arms", ",".join(terms.arms)]
    words += ["--without", ",".join(terms.without)] if terms.without else []
    return shlex.join([*words, "--json", "OUT"])


def _number(most: int) -> Any:
    def whole(text: str) -> int:
        if text.isdecimal() and 1 <= int(text) <= most:
            return int(text)
        raise ArgumentTypeError(f"'{text}' is no number from 1 to {most}")

    return whole


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _seeds(text: str) -> tuple[int, ...]:
    if not all(name.isdecimal() for name in _names(text)):
        raise ArgumentTypeError(f"'{text}' are no whole numbers separated by commas")
    return tuple(map(int, _names(text)))


def _arms(text: str) -> tuple[Arm, ...]:
    if strangers := [name for name in _names(text) if name not in Arm.values]:
        raise ArgumentTypeError(f"'{strangers[0]}' is no arm; choose among {', '.join(Arm.values)}")
    return tuple(arm for arm in Arm if arm in _names(text))

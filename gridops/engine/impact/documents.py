"""A judgement as plain values, for a file, a row or a page; None where a number is not known."""

from dataclasses import asdict
from typing import Any

from gridops.engine.impact.pairs import Paired
from gridops.engine.impact.rates import Rates
from gridops.engine.impact.run import finite
from gridops.engine.impact.study import ClaimJudgement, Judged, StudyJudgement, gain_of
from gridops.engine.impact.words import sentence


def judgement_document(judgement: StudyJudgement, rates: Rates | None = None) -> dict[str, Any]:
    """rates: those that the figures were reckoned with, where they are not the usual ones."""
    return {
        "seeds": list(judgement.seeds),
        "tapes": list(judgement.tapes),
        "is_valid": judgement.is_valid,
        "checks": {check.name: check.document() for check in judgement.checks},
        "notes": list(judgement.notes),
        "assumptions": asdict(rates or Rates()),
        "claims": [claim_document(each) for each in judgement.claims],
    }


def claim_document(judged: ClaimJudgement) -> dict[str, Any]:
    """gain and its bounds are shares of A1, + is better; None where a number is not known."""
    claim, (gain, low, high) = judged.claim, judged.gain
    ceiling = gain_of(claim, judged.ceiling)
    return {
        "key": claim.key,
        "title": claim.title,
        "said_low": claim.said[0],
        "said_high": claim.said[1],
        "definition": claim.definition,
        "figure": claim.figure,
        "better": claim.better.value,
        "verdict": judged.verdict.value,
        "sentence": sentence(judged),
        "gain": finite(gain),
        "gain_low": finite(low),
        "gain_high": finite(high),
        "harsh_gain": finite(gain_of(claim, judged.harsh)[0]),
        "harsh_gain_low": finite(gain_of(claim, judged.harsh)[1]),
        "harsh_gain_high": finite(gain_of(claim, judged.harsh)[2]),
        "ceiling_gain": finite(ceiling[0]),
        "ceiling_gain_low": finite(ceiling[1]),
        "ceiling_gain_high": finite(ceiling[2]),
        "cap": finite(judged.cap),
        "main": pair_document(judged.main),
        "ceiling": pair_document(judged.ceiling),
        "floor": pair_document(judged.floor),
        "by_arm": {each.arm: [finite(float(value)) for value in each.values] for each in judged.arms},
        "beside": [_judged(each) for each in judged.beside],
        "guards": [_judged(each) for each in judged.guards],
        "ablation": [{"desk": desk, **pair_document(pair)} for desk, pair in judged.ablation],
    }


def pair_document(pair: Paired) -> dict[str, Any]:
    """base and other are means over the tapes, change a share of the base."""
    return {
        "tapes": pair.tapes,
        "base": finite(pair.base_mean),
        "other": finite(pair.other_mean),
        "difference": finite(pair.difference),
        "difference_low": finite(pair.difference_low),
        "difference_high": finite(pair.difference_high),
        "change": finite(pair.change),
        "change_low": finite(pair.change_low),
        "change_high": finite(pair.change_high),
        "lower_on": pair.lower_on,
        "higher_on": pair.higher_on,
    }


def _judged(each: Judged) -> dict[str, Any]:
    told = {"figure": each.guard.figure, "words": each.guard.words, "better": each.guard.better.value}
    return {**told, "verdict": each.verdict.value, **pair_document(each.pair)}

"""What is written to set a point: some count only with a mode and a switch beside them, and go in one request."""

from collections.abc import Mapping, Sequence

from gridops.protocols.sunspec.layout import Field
from gridops.protocols.sunspec.writing import words_of

_WATTS, _VARS, _ON = 1, 4, 1
_WITH: Mapping[tuple[int, str], Mapping[str, float]] = {
    (704, "WSet"): {"WSetEna": _ON, "WSetMod": _WATTS},
    (704, "VarSet"): {"VarSetEna": _ON, "VarSetMod": _VARS},
    (704, "WMaxLimPct"): {"WMaxLimPctEna": _ON},
}
# What is set along, as a multiple: a droop both ways, a volt-var curve that is even about its middle.
_ALONG: Mapping[tuple[int, str], Mapping[str, float]] = {
    (711, "Ctl[1].KUf"): {"Ctl[1].KOf": 1.0},
    (705, "Crv[1].Pt[1].Var"): {"Crv[1].Pt[4].Var": -1.0},
}


def registers_for(
    model: int, path: str, value: float, fields: Mapping[str, Field], words: Sequence[int]
) -> tuple[int, list[int]]:
    """Offset in the model and the registers from there on; what lies between stays as it was told in `words`.

    Raises ValueError for a point that the model does not have, or a value that it cannot hold.
    """
    changed = list(words)
    along = {name: share * value for name, share in _ALONG.get((model, path), {}).items()}
    wanted = {path: value, **_WITH.get((model, path), {}), **along}
    for name, number in wanted.items():
        field = fields.get(name)
        if field is None:
            raise ValueError(f"model {model} has no {name}")
        changed[field.offset : field.offset + field.words] = words_of(field, number, words)
    places = [fields[name] for name in wanted]
    first = min(field.offset for field in places)
    return first, changed[first : max(field.offset + field.words for field in places)]

"""A state and the same with steps taken, as two grid frames that hold values only where they differ."""

import zlib
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from apps.dispatch.choices.proposal import SHOWN_LOADING, SHOWN_PU
from apps.state import frames
from apps.state.choices import Violation
from apps.studies.adapters.flow import Flow, frame_of

_PU_DIGITS, _LOADING_DIGITS, _KW_DIGITS = 5, 4, 1


@dataclass(frozen=True, slots=True)
class Framed:
    before: bytes  # deflated
    after: bytes
    nodes: int  # that differ
    branches: int


def framed(before: Flow, after: Flow, *, as_of_ms: float) -> Framed:
    """Frames of one network version. Less than SHOWN_PU and SHOWN_LOADING is no difference; what is beyond a limit in
    one of the two has its values in both."""
    was, now = (frames.decode(frame_of(flow, as_of_ms=as_of_ms, sequence=0)) for flow in (before, after))
    nodes = _differ(was.node_voltage_pu, now.node_voltage_pu, SHOWN_PU) | _beyond(was.node_status, now.node_status)
    lines = _differ(was.line_loading, now.line_loading, SHOWN_LOADING) | _beyond(was.line_status, now.line_status)
    units = _differ(was.transformer_loading, now.transformer_loading, SHOWN_LOADING)
    units |= _beyond(was.transformer_status, now.transformer_status)
    kept = [_packed(frame, nodes, lines, units) for frame in (was, now)]
    return Framed(kept[0], kept[1], int(nodes.sum()), int(lines.sum() + units.sum()))


def unpacked(raw: bytes | memoryview) -> bytes:
    """The grid frame of a packed one."""
    return zlib.decompress(raw)


def _differ(was: npt.NDArray, now: npt.NDArray, least: float) -> npt.NDArray[np.bool_]:
    known = np.isfinite(was), np.isfinite(now)
    moved = np.abs(np.nan_to_num(now) - np.nan_to_num(was)) >= least
    return np.asarray((known[0] != known[1]) | (known[0] & known[1] & moved), np.bool_)


def _beyond(was: npt.NDArray, now: npt.NDArray) -> npt.NDArray[np.bool_]:
    return np.asarray(((was | now) >> 5 & 0b11) != int(Violation.NONE), np.bool_)


def _packed(frame: frames.Frame, nodes: npt.NDArray, lines: npt.NDArray, units: npt.NDArray) -> bytes:
    kept = replace(
        frame,
        node_voltage_pu=_only(frame.node_voltage_pu, nodes, _PU_DIGITS),
        line_loading=_only(frame.line_loading, lines, _LOADING_DIGITS),
        line_p_kw=_only(frame.line_p_kw, lines, _KW_DIGITS),
        transformer_loading=_only(frame.transformer_loading, units, _LOADING_DIGITS),
        transformer_p_kw=_only(frame.transformer_p_kw, units, _KW_DIGITS),
    )
    return zlib.compress(frames.encode(kept))


def _only(values: npt.NDArray, chosen: npt.NDArray, digits: int) -> npt.NDArray:
    return np.where(chosen, np.round(values, digits), np.nan)

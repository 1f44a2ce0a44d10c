"""The one door to the solver of linear and mixed-integer programs (HiGHS)."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Self

import highspy
import numpy as np
from scipy.sparse import csc_array, csr_array, tril

from gridops.engine.network.model import BoolArray, FloatArray, IntArray

# Iterations of a quadratic program for each variable and row, and for a hundred more. Those that end need 1 to 4; the
# others go round in a circle (github.com/ERGO-Code/HiGHS/issues/2489).
ROUNDS_OF_A_QP = 10

_NONE = np.zeros(0)


class Status(StrEnum):
    OPTIMAL = "optimal"  # within the gap that was asked for
    FEASIBLE = "feasible"  # a solution, stopped before it was proven
    INFEASIBLE = "infeasible"
    UNBOUNDED = "unbounded"
    UNSOLVED = "unsolved"  # stopped without a solution


@dataclass(frozen=True, slots=True)
class Program:
    """Minimise offset + cost @ x with row_lower <= A x <= row_upper and lower <= x <= upper; A by rows (CSR).

    With a hessian, x @ hessian @ x / 2 is added: convex, by its lower triangle in columns, and nothing is integer.
    """

    cost: FloatArray  # (n,)
    lower: FloatArray  # (n,), -inf: free
    upper: FloatArray
    row_start: IntArray  # (m + 1,)
    column: IntArray  # (nnz,)
    value: FloatArray
    row_lower: FloatArray  # (m,)
    row_upper: FloatArray
    integer: BoolArray  # (n,); empty: none is
    offset: float = 0.0
    hessian: csc_array | None = None

    @classmethod
    def of(
        cls,
        *,
        cost: FloatArray,
        lower: FloatArray,
        upper: FloatArray,
        matrix: csr_array | FloatArray,
        row_lower: FloatArray,
        row_upper: FloatArray,
        integer: BoolArray | None = None,
        offset: float = 0.0,
        hessian: FloatArray | csc_array | None = None,
    ) -> Self:
        """From a sparse matrix, whose entries of one place are added up, or a dense one. hessian: whole, symmetric."""
        start, column, value = _by_rows(matrix)
        return cls(
            cost=np.asarray(cost, np.float64),
            lower=np.asarray(lower, np.float64),
            upper=np.asarray(upper, np.float64),
            row_start=start,
            column=column,
            value=value,
            row_lower=np.asarray(row_lower, np.float64),
            row_upper=np.asarray(row_upper, np.float64),
            integer=np.zeros(0, np.bool_) if integer is None else np.asarray(integer, np.bool_),
            offset=offset,
            hessian=None if hessian is None else _lower(hessian),
        )

    @property
    def has_integers(self) -> bool:
        return bool(self.integer.any())


def _by_rows(matrix: csr_array | FloatArray) -> tuple[IntArray, IntArray, FloatArray]:
    """Start of each row, columns and values."""
    if isinstance(matrix, np.ndarray):
        row, column = np.nonzero(matrix)
        start = np.searchsorted(row, np.arange(len(matrix) + 1))
        return start.astype(np.int32), column.astype(np.int32), matrix[row, column].astype(np.float64)
    sparse = csr_array(matrix)
    sparse.sum_duplicates()
    return sparse.indptr.astype(np.int32), sparse.indices.astype(np.int32), sparse.data.astype(np.float64)


def _lower(hessian: FloatArray | csc_array) -> csc_array:
    """The lower triangle in columns, which are the upper one's rows."""
    if not isinstance(hessian, np.ndarray):
        return csc_array(tril(csc_array(hessian)))
    start, row, value = _by_rows(np.triu(hessian))
    return csc_array((value, row, start), shape=hessian.shape)


@dataclass(frozen=True, slots=True)
class Solved:
    status: Status
    reason: str  # in plain words; empty if optimal
    x: FloatArray  # (n,); empty without a solution
    objective: float  # nan without a solution
    bound: float  # no solution is better than this; -inf if not known
    gap: float  # (objective - bound) / |objective|; 0 for a solved LP, inf if not known
    seconds: float  # of the solver alone
    row_dual: FloatArray  # (m,) change of the objective per unit of the row's binding limit; empty with integers
    reduced_cost: FloatArray  # (n,) the same for a variable's binding limit; empty with integers
    basis: highspy.HighsBasis | None = field(repr=False, default=None)  # of an LP, for the next of the same shape

    @property
    def ok(self) -> bool:
        return len(self.x) > 0


_REASONS = {
    Status.OPTIMAL: "",
    Status.FEASIBLE: "The solver stopped at its limit with a solution that is not proven the best.",
    Status.INFEASIBLE: "No values keep all limits at once.",
    Status.UNBOUNDED: "The objective has no least value: a limit is missing.",
    Status.UNSOLVED: "The solver stopped at its limit without a solution.",
}
_ENDS = {
    highspy.HighsModelStatus.kOptimal: Status.OPTIMAL,
    highspy.HighsModelStatus.kModelEmpty: Status.OPTIMAL,
    highspy.HighsModelStatus.kInfeasible: Status.INFEASIBLE,
    highspy.HighsModelStatus.kUnboundedOrInfeasible: Status.INFEASIBLE,
    highspy.HighsModelStatus.kUnbounded: Status.UNBOUNDED,
}
_LIMITS = frozenset(
    {
        highspy.HighsModelStatus.kTimeLimit,
        highspy.HighsModelStatus.kIterationLimit,
        highspy.HighsModelStatus.kSolutionLimit,
        highspy.HighsModelStatus.kInterrupt,
    }
)


def solve(
    program: Program,
    *,
    seconds: float = 60.0,
    gap: float = 1e-4,
    warm: Solved | FloatArray | None = None,
    threads: int = 1,
) -> Solved:
    """Solve by HiGHS.

    seconds: limit of wall time. gap: relative, at which a program with integers counts as solved.
    warm: an earlier answer of a program of the same shape, or values of the variables to begin with.
    Infeasible, unbounded and out of time are results with a reason. Raises ValueError for a program that is malformed
    (a nan, arrays of different lengths, a lower limit above its upper).
    """
    _check(program)
    highs = _loaded(program, seconds, gap, threads)
    _begin_with(highs, program, warm)
    highs.run()
    if highs.getModelStatus() == highspy.HighsModelStatus.kUnboundedOrInfeasible:
        highs.setOptionValue("presolve", "off")  # which of the two, only the whole program tells
        highs.run()
    return _answer(highs, program)


class Repeated:
    """A program that is solved again and again with other costs: built once, each time from the last basis."""

    def __init__(self, program: Program, *, seconds: float = 60.0, threads: int = 1) -> None:
        _check(program)
        self._program, self._highs = program, _loaded(program, seconds, 0.0, threads)
        self._columns, self._limit = np.arange(len(program.cost), dtype=np.int32), seconds

    def solve(self, cost: FloatArray) -> Solved:
        """cost: (n,), finite. Answers as `solve` does."""
        if len(cost) != len(self._columns) or not np.isfinite(cost).all():
            raise ValueError("The costs are not as many as the variables, or not all finite.")
        before = self._highs.getRunTime()  # its clock counts all runs
        self._highs.setOptionValue("time_limit", before + self._limit)
        self._highs.changeColsCost(len(cost), self._columns, np.asarray(cost, np.float64))
        self._highs.run()
        answer = _answer(self._highs, self._program)
        return replace(answer, seconds=answer.seconds - before)


def _check(program: Program) -> None:
    n, m = len(program.cost), len(program.row_lower)
    if not (
        len(program.lower) == len(program.upper) == n and len(program.row_upper) == m == len(program.row_start) - 1
    ):
        raise ValueError("The arrays of the program have different lengths.")
    if program.hessian is not None and (program.hessian.shape != (n, n) or program.has_integers):
        raise ValueError("The program's hessian has not the size of its variables, or some of them are integer.")
    for name in ("cost", "lower", "upper", "value", "row_lower", "row_upper"):
        if np.isnan(getattr(program, name)).any():
            raise ValueError(f"The program has a nan in '{name}'.")


def _loaded(program: Program, seconds: float, gap: float, threads: int) -> highspy.Highs:
    highs = highspy.Highs()
    options: dict[str, bool | int | float] = {
        "output_flag": False,
        "time_limit": float(seconds),
        "mip_rel_gap": float(gap),
        "threads": threads,
    }
    if program.hessian is not None:
        options["qp_iteration_limit"] = ROUNDS_OF_A_QP * (100 + len(program.cost) + len(program.row_lower))
    for name, value in options.items():
        if highs.setOptionValue(name, value) != highspy.HighsStatus.kOk:
            raise ValueError(f"The solver refuses {value!r} for '{name}'.")
    if highs.passModel(_lp(program)) == highspy.HighsStatus.kError:
        raise ValueError("The solver refuses the program.")
    if program.hessian is not None and highs.passHessian(_hessian(program.hessian)) != highspy.HighsStatus.kOk:
        raise ValueError("The solver refuses the program's hessian: it may not be convex.")
    return highs


def _hessian(lower: csc_array) -> highspy.HighsHessian:
    found = highspy.HighsHessian()
    found.dim_, found.format_ = lower.shape[0], highspy.HessianFormat.kTriangular
    found.start_, found.index_ = lower.indptr.astype(np.int32), lower.indices.astype(np.int32)
    found.value_ = lower.data.astype(np.float64)
    return found


def _lp(program: Program) -> highspy.HighsLp:
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(program.cost), len(program.row_lower)
    lp.col_cost_, lp.offset_ = program.cost, program.offset
    lp.col_lower_, lp.col_upper_ = program.lower, program.upper
    lp.row_lower_, lp.row_upper_ = program.row_lower, program.row_upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.num_col_, lp.a_matrix_.num_row_ = lp.num_col_, lp.num_row_
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = program.row_start, program.column, program.value
    if program.has_integers:
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[int(each)] for each in program.integer]
    return lp


def _begin_with(highs: highspy.Highs, program: Program, warm: Solved | FloatArray | None) -> None:
    if isinstance(warm, Solved):
        if warm.basis is not None and not program.has_integers:
            highs.setBasis(warm.basis)
            return
        warm = warm.x
    if warm is not None and len(warm) == len(program.cost):
        solution = highspy.HighsSolution()
        solution.col_value = warm
        highs.setSolution(solution)


def _answer(highs: highspy.Highs, program: Program) -> Solved:
    end, info = highs.getModelStatus(), highs.getInfo()
    found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    status = _ENDS.get(end, Status.FEASIBLE if found else Status.UNSOLVED)
    if not len(program.cost) and ((program.row_lower > 0) | (program.row_upper < 0)).any():
        status = Status.INFEASIBLE  # rows without a variable
    if status not in (Status.OPTIMAL, Status.FEASIBLE):
        return _no_answer(highs, status, end)
    solution = highs.getSolution()
    mixed = program.has_integers
    objective = float(info.objective_function_value)
    bound = float(info.mip_dual_bound) if mixed else (objective if status is Status.OPTIMAL else -np.inf)
    return Solved(
        status=status,
        reason=_REASONS[status],
        x=np.asarray(solution.col_value, np.float64),
        objective=objective,
        bound=bound,
        gap=_gap(objective, bound),
        seconds=float(highs.getRunTime()),
        row_dual=_NONE if mixed else np.asarray(solution.row_dual, np.float64),
        reduced_cost=_NONE if mixed else np.asarray(solution.col_dual, np.float64),
        basis=None if mixed else highs.getBasis(),
    )


def _no_answer(highs: highspy.Highs, status: Status, end: highspy.HighsModelStatus) -> Solved:
    known = status is not Status.UNSOLVED or end in _LIMITS
    reason = _REASONS[status] if known else f"The solver gave up: {highs.modelStatusToString(end).lower()}."
    bound = float(highs.getInfo().mip_dual_bound) if status is Status.UNSOLVED else -np.inf
    return Solved(status, reason, _NONE, np.nan, bound, np.inf, float(highs.getRunTime()), _NONE, _NONE)


def _gap(objective: float, bound: float) -> float:
    if not np.isfinite(bound):
        return float(np.inf)
    return abs(objective - bound) / max(abs(objective), 1e-12) if objective != bound else 0.0

"""Commands in the words of IEC 104, and its answers in ours."""

from apps.telemetry.choices import ControlForm, ControlKind, RequestState
from apps.telemetry.gateway.driver import FieldAnswer, FieldCommand
from apps.telemetry.rules.iec104 import parse_address
from gridops.protocols.iec104.commands import Command, CommandOutcome, CommandResult
from gridops.protocols.iec104.types import TypeId

_TYPE = {
    ControlForm.SINGLE: TypeId.C_SC_NA,
    ControlForm.DOUBLE: TypeId.C_DC_NA,
    ControlForm.STEP: TypeId.C_RC_NA,
    ControlForm.NORMALISED: TypeId.C_SE_NA,
    ControlForm.SCALED: TypeId.C_SE_NB,
    ControlForm.FLOAT: TypeId.C_SE_NC,
}
_STATE = {
    CommandResult.CONFIRMED: RequestState.ACCEPTED,
    CommandResult.TERMINATED: RequestState.ACCEPTED,
    CommandResult.REFUSED: RequestState.REFUSED,
    CommandResult.NOT_SENT: RequestState.NOT_SENT,
    CommandResult.UNKNOWN: RequestState.UNKNOWN,
}


def wire_command(command: FieldCommand) -> Command:
    common_address, ioa = parse_address(command.address)
    return Command(common_address, ioa, _TYPE[command.form], _value(command), select=command.is_selected_first)


def _value(command: FieldCommand) -> float:
    if command.form is ControlForm.DOUBLE:
        return 2.0 if command.value > 0 else 1.0
    if command.kind is ControlKind.STEP:
        return 2.0 if command.value > 0 else 1.0
    return command.value


def answer_of(outcome: CommandOutcome) -> FieldAnswer:
    reason = outcome.reason[:1].upper() + outcome.reason[1:]
    return FieldAnswer(_STATE[outcome.result], f"{reason}.")

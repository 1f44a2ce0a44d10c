"""A master of lib60870 (c104), run by its own interpreter: python client.py PORT. Tells what it was told, as JSON."""

import json
import sys
import threading
import time
from collections.abc import Callable

import c104

STATION = 1
lock = threading.Lock()


def tell(**fact: object) -> None:
    with lock:
        sys.stdout.write(json.dumps(fact) + "\n")
        sys.stdout.flush()


def heard(point: c104.Point, previous_info: c104.Information, message: c104.IncomingMessage) -> c104.ResponseState:
    tell(point=point.io_address, type=str(message.type).rsplit(".", 1)[-1], cause=str(message.cot).rsplit(".", 1)[-1],
         value=float(int(point.value)) if isinstance(point.value, bool) else float(point.value))  # fmt: skip
    return c104.ResponseState.SUCCESS


def granted(ask: Callable[[], bool]) -> bool:
    """It refuses to begin what its own start-up has not ended yet."""
    return any(ask() or time.sleep(0.5) for _ in range(5))


def started(link: c104.Connection) -> bool:
    """It notes that it is connected and that it is started in either order; then it is told to start once more."""
    if link.is_connected and link.is_muted:
        link.unmute()
    return bool(link.state == c104.ConnectionState.OPEN)


def main() -> None:
    client = c104.Client(tick_rate_ms=50)
    link = client.add_connection(ip="127.0.0.1", port=int(sys.argv[1]), init=c104.Init.NONE)
    station = link.add_station(common_address=STATION)
    for number, kind in json.loads(sys.argv[2]):
        station.add_point(io_address=number, type=getattr(c104.Type, kind)).on_receive(callable=heard)
    mode = c104.CommandMode.SELECT_AND_EXECUTE
    order = station.add_point(io_address=700, type=c104.Type.C_SC_NA_1, command_mode=mode)
    client.start()
    deadline = time.monotonic() + 20
    while not started(link) and time.monotonic() < deadline:
        time.sleep(0.1)
    tell(connected=started(link), state=str(link.state))
    for line in sys.stdin:
        wish = json.loads(line)["do"]
        if wish == "interrogate":
            tell(done=wish, ok=granted(lambda: link.interrogation(common_address=STATION)))
        elif wish == "count":
            tell(done=wish, ok=granted(lambda: link.counter_interrogation(common_address=STATION)))
        elif wish == "freeze":
            freeze = c104.Frz.COUNTER_RESET if hasattr(c104.Frz, "COUNTER_RESET") else c104.Frz.FREEZE_WITH_RESET
            tell(done=wish, ok=link.counter_interrogation(common_address=STATION, freeze=freeze))
        elif wish == "clock":
            tell(done=wish, ok=granted(lambda: link.clock_sync(common_address=STATION)))
        elif wish == "test":
            tell(done=wish, ok=granted(lambda: link.test(common_address=STATION)))
        elif wish == "order":
            order.value = True
            tell(done=wish, ok=order.transmit(cause=c104.Cot.ACTIVATION))
    client.stop()


main()

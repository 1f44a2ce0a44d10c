"""A station of lib60870 (c104) in its own interpreter: python device.py PORT. Told by lines of JSON, and tells so."""

import json
import sys
import threading

import c104

STATION = 47
MEASURED, SWITCH, COUNTER, ORDER, SETPOINT = 11, 12, 13, 21, 22
lock = threading.Lock()


def tell(**fact: object) -> None:
    with lock:
        sys.stdout.write(json.dumps(fact) + "\n")
        sys.stdout.flush()


def ordered(point: c104.Point, previous_info: c104.Information, message: c104.IncomingMessage) -> c104.ResponseState:
    tell(ordered=point.io_address, value=float(point.value), select=bool(message.is_select_command))
    return c104.ResponseState.SUCCESS


def main() -> None:
    server = c104.Server(ip="127.0.0.1", port=int(sys.argv[1]), tick_rate_ms=50, select_timeout_ms=5000)
    station = server.add_station(common_address=STATION)
    measured = station.add_point(io_address=MEASURED, type=c104.Type.M_ME_NC_1)
    switch = station.add_point(io_address=SWITCH, type=c104.Type.M_SP_TB_1)
    counter = station.add_point(io_address=COUNTER, type=c104.Type.M_IT_NA_1)
    mode = c104.CommandMode.SELECT_AND_EXECUTE
    order = station.add_point(io_address=ORDER, type=c104.Type.C_SC_NA_1, command_mode=mode)
    setpoint = station.add_point(io_address=SETPOINT, type=c104.Type.C_SE_NC_1)
    order.on_receive(callable=ordered)
    setpoint.on_receive(callable=ordered)
    measured.value, switch.value = 1.5, False
    counter.value = 1234
    server.start()
    tell(listening=True)
    points = {MEASURED: measured, SWITCH: switch}
    for line in sys.stdin:
        wish = json.loads(line)
        if "value" in wish:
            point = points[wish["point"]]
            point.value = bool(wish["value"]) if wish["point"] == SWITCH else float(wish["value"])
            point.transmit(cause=c104.Cot.SPONTANEOUS)
        elif "count" in wish:
            counter.value = wish["count"]
        elif wish.get("restart"):
            server.stop()
            server.start()
        tell(done=wish)
    server.stop()


main()

"""An edge node of pysparkplug with one device, in its own interpreter: python edge.py PORT. Told by lines of JSON."""

import json
import sys
import threading

import pysparkplug as psp

lock = threading.Lock()


def tell(**fact: object) -> None:
    with lock:
        sys.stdout.write(json.dumps(fact) + "\n")
        sys.stdout.flush()


def metric(name: str, kind: psp.DataType, value: object, **more: object) -> psp.Metric:
    return psp.Metric(timestamp=psp.get_current_timestamp(), name=name, datatype=kind, value=value, **more)


def main() -> None:
    device = psp.Device(
        "Meter1",
        metrics=[metric("AC/P", psp.DataType.DOUBLE, 1.5), metric("Steps", psp.DataType.INT16, -3)],
    )
    busy = threading.Lock()

    def reborn() -> None:
        # The library bears only when it connects.
        with busy:
            node.disconnect()
            node.connect("127.0.0.1", port=int(sys.argv[1]))
            tell(reborn=True)

    def ordered(_: psp.EdgeNode, message: psp.Message) -> None:
        threading.Thread(target=reborn).start()

    temp = metric("Temp", psp.DataType.FLOAT, 20.5)
    node = psp.EdgeNode(group_id="City", edge_node_id="Node7", metrics=[temp], cmd_callback=ordered)
    node.register(device)
    node.connect("127.0.0.1", port=int(sys.argv[1]))
    tell(connected=True)
    for line in sys.stdin:
        wish = json.loads(line)
        if "p" in wish:
            past = wish.get("at_ms")
            one = psp.Metric(
                timestamp=past or psp.get_current_timestamp(),
                name="AC/P",
                datatype=psp.DataType.DOUBLE,
                value=wish["p"],
                is_historical=bool(past),
            )
            node.update_device("Meter1", [one])
        elif "temp" in wish:
            node.update([metric("Temp", psp.DataType.FLOAT, wish["temp"])])
        elif wish.get("drop"):
            node.deregister("Meter1")
        tell(done=wish)


main()

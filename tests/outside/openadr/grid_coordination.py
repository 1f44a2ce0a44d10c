"""Run by the interpreter that has python-oa3-client: what its documentation shows, against the address it is given."""

import json
import sys
from datetime import UTC, datetime, timedelta

import ebus_mqtt_client
from hook import TOKEN, until
from openadr3_client.bl import BlClient
from openadr3_client.ven import VenClient

at = json.load(sys.stdin)


def client(kind, who):
    return kind(url=at["vtn"], client_id=who["client_id"], client_secret=who["client_secret"]).start()


def channel(ven, who):
    """Their channel has no place for a login (0.5.0), the client under it has: it is given one there."""
    uri = ven.get_mqtt_broker_uris()[0]
    made = ven.add_mqtt(uri, client_id="same-name-for-all")
    plain = ebus_mqtt_client.MqttClient

    def with_token(**named):
        inner = plain(**named)
        inner.mqttc.username_pw_set(who["client_id"], ven.token)
        return inner

    ebus_mqtt_client.MqttClient = with_token
    made.start()
    ebus_mqtt_client.MqttClient = plain
    until(made._conn.is_connected, "connected to the broker")
    return made


bl, ven, other = client(BlClient, at["bl"]), client(VenClient, at["ven"]), client(VenClient, at["other"])
program = bl.create_program({"programName": "grid", "targets": ["north"]}).raise_for_status().json()
ven.register("grid-ven")
other.register("grid-other")
grant = {"objectType": "BL_VEN_REQUEST", "venName": "grid-ven", "clientID": at["ven"]["client_id"]}
bl.update_ven(ven.ven_id, {**grant, "targets": ["north"]}).raise_for_status()

hook = ven.add_webhook(host="127.0.0.1", bearer_token=TOKEN, callback_host="127.0.0.1")
hook.start()
operations = ["CREATE", "UPDATE", "DELETE"]
ven.subscribe(["grid"], ["EVENT"], operations, hook)
topics = channel(ven, at["ven"])
names = ven.subscribe(["grid"], ["EVENT"], operations, topics)
overheard = channel(other, at["other"])
overheard.subscribe_topics(names)

period = {"start": (datetime.now(UTC) + timedelta(hours=1)).isoformat(), "duration": "PT15M"}
draft = {
    "programID": program["id"],
    "targets": ["north"],
    "eventName": "evening",
    "intervalPeriod": period,
    "intervals": [{"id": 0, "payloads": [{"type": "SIMPLE", "values": [2]}]}],
}
event = bl.create_event(draft).raise_for_status().json()
until(lambda: hook.messages and topics.messages, "the event by webhook and by topic")
seen = [one.id for one in ven.poll_events("grid")]
answer = {
    "eventID": event["id"],
    "clientName": "grid-ven",
    "resources": [
        {
            "resourceName": "house",
            "intervals": [{"id": 0, "intervalPeriod": period, "payloads": [{"type": "USAGE", "values": [1.5]}]}],
        }
    ],
}
report = ven.create_report(answer).raise_for_status().json()
reports = [one.id for one in bl.reports(eventID=event["id"])]
bl.update_event(event["id"], {**draft, "eventName": "night"}).raise_for_status()
bl.delete_event(event["id"]).raise_for_status()


def told(channel):
    """A topic that two of the filters match may be heard twice; each operation once is what counts."""
    found = [(one.payload.operation, one.payload.object.id) for one in channel.messages]
    return list(dict.fromkeys(found))


until(lambda: len(told(hook)) == len(told(topics)) == 3, "change and end by webhook and by topic")
json.dump(
    {
        "event": event["id"],
        "seen": seen,
        "seen_by_other": [one.id for one in other.events()],
        "report": report["id"],
        "reports": reports,
        "webhook": told(hook),
        "topic": told(topics),
        "overheard": [one.topic for one in overheard.messages],
    },
    sys.stdout,
)
sys.stdout.flush()
for one in (ven, other, bl):
    one.stop()

"""A broker of amqtt in its own interpreter: python amqtt_broker.py PORT."""

import asyncio
import logging
import sys

from amqtt.broker import Broker

logging.basicConfig(level=logging.ERROR)


async def main() -> None:
    config = {
        "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{sys.argv[1]}"}},
        "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
    }
    broker = Broker(config)
    await broker.start()
    sys.stdout.write('{"listening": true}\n')
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    await broker.shutdown()


asyncio.run(main())

"""`python -m linewatch.cloud.events`: the ingest as a process of its own, beside a broker that runs already."""

import argparse
import signal
import sys

from linewatch.cloud.errors import CloudError
from linewatch.cloud.events.settings import EventsSettings, StoreSettings
from linewatch.cloud.events.store import EventStore
from linewatch.cloud.events.subscriber import Subscriber


def main() -> int:
    """Store and acknowledge until SIGTERM or SIGINT; prints `ready` once the database is open."""
    parser = argparse.ArgumentParser(prog="python -m linewatch.cloud.events", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="the broker's address")
    parser.add_argument("--port", type=int, default=1883, help="the broker's port")
    parser.add_argument("--url", default="sqlite:///events.db", help="database, as SQLAlchemy writes it")
    parser.add_argument("--client-id", default="linewatch-cloud", help="name of the session at the broker")
    arguments = parser.parse_args()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    settings = EventsSettings(store=StoreSettings(url=arguments.url), client_id=arguments.client_id)
    try:
        store = EventStore(settings.store)
    except CloudError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    subscriber = Subscriber(settings, store, arguments.host, arguments.port)
    subscriber.start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    subscriber.stop()
    store.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())

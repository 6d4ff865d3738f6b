"""`python -m linewatch.cloud.broker`: the embedded broker as a process of its own, until it is told to stop."""

import argparse
import signal
import sys
from pathlib import Path

from pydantic import ValidationError

from linewatch.cloud.broker.embedded import EmbeddedBroker
from linewatch.cloud.broker.settings import BrokerSettings
from linewatch.cloud.errors import CloudError
from linewatch.cloud.logs import set_up_logs
from linewatch.cloud.settings import explain


def main() -> int:
    """Listen, print `HOST PORT` on standard output, and serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="python -m linewatch.cloud.broker", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=1883, help="port; 0 for a free one")
    parser.add_argument("--users-file", type=Path, default=None, help="lines name:password; needed beyond loopback")
    arguments = parser.parse_args()
    set_up_logs(verbose=False)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    try:
        broker = EmbeddedBroker(BrokerSettings(**vars(arguments)))
        address = broker.start()
    except ValidationError as error:
        return _fail(explain(error, BrokerSettings), 2)
    except CloudError as error:
        return _fail(str(error), error.exit_code)
    sys.stdout.write(f"{address.host} {address.port}\n")
    sys.stdout.flush()
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    broker.stop()
    return 0


def _fail(message: str, code: int) -> int:
    sys.stderr.write(f"error: {message}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())

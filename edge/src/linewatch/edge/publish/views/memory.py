"""What has to be known of earlier runs: which retained messages were left at the broker, and how often we connected."""

import json
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import structlog

from linewatch.edge.update.durable import write_whole

_log = structlog.get_logger(__name__)

_LIVES = 256


class Memory:
    """A small file, shared by the threads of all views. What cannot be read or written is forgotten.

    It is on the disk before anything is said: after a power cut too it is known what to take back, and a number of a
    connection does not come twice in a row.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._gate = threading.Lock()
        self._known = self._load()

    def views(self) -> set[str]:
        """Views that have left something at the broker."""
        return {name for name, topics in self._known["retained"].items() if topics}

    def retained(self, view: str) -> set[str]:
        """Topics on which `view` has left a message."""
        return set(self._known["retained"].get(view, ()))

    def keep(self, view: str, topics: Iterable[str]) -> None:
        """Note that `view` has messages on these topics and on no others."""
        listed = sorted(topics)
        with self._gate:
            if listed != self._known["retained"].get(view, []):
                self._known["retained"][view] = listed
                self._save()

    def next_life(self) -> int:
        """How many connections there were before, from 0 to 255 and around."""
        with self._gate:
            life = int(self._known["lives"]) % _LIVES
            self._known["lives"] = (life + 1) % _LIVES
            self._save()
        return life

    def _load(self) -> dict[str, Any]:
        fresh: dict[str, Any] = {"retained": {}, "lives": 0}
        try:
            known = json.loads(self._path.read_text(encoding="utf-8"))
            retained = {str(name): [str(topic) for topic in topics] for name, topics in known["retained"].items()}
            return {"retained": retained, "lives": int(known["lives"])}
        except FileNotFoundError:
            return fresh
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            _log.warning("views begin anew", path=str(self._path), reason=str(error))
            return fresh

    def _save(self) -> None:
        try:
            write_whole(self._path, (json.dumps(self._known, indent=1) + "\n").encode())
        except OSError as error:
            _log.warning("views are not remembered", path=str(self._path), reason=str(error))

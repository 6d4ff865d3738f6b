"""The heralds that the settings ask for, and those that take back what is not asked for any more."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from linewatch.edge.publish.settings import PublishSettings
from linewatch.edge.publish.status import DeviceStatus
from linewatch.edge.publish.status_teller import with_place
from linewatch.edge.publish.views.herald import Herald
from linewatch.edge.publish.views.home_assistant import HomeAssistantView
from linewatch.edge.publish.views.json_view import JsonView
from linewatch.edge.publish.views.memory import Memory
from linewatch.edge.publish.views.sparkplug import SparkplugView
from linewatch.edge.publish.views.view import View
from linewatch.edge.publish.views.withdrawn import WithdrawnView
from linewatch.edge.spool.spool import Spool


def start_views(
    stack: ExitStack, spool: Spool, settings: PublishSettings, status: Callable[[], DeviceStatus], file: Path
) -> list[Herald]:
    """Start a herald for each view, and return them; `stack` stops them.

    `file` is where they remember what they left at the broker.
    """

    def placed() -> DeviceStatus:
        return with_place(status(), spool, online=True)

    memory = Memory(file)
    wanted = [_make(name, spool, memory) for name in dict.fromkeys(settings.also)]
    left = [WithdrawnView(name) for name in sorted(memory.views() - set(settings.also))]
    views: list[tuple[View, bool]] = [*((view, False) for view in wanted), *((view, True) for view in left)]
    heralds: list[Herald] = []
    for view, once in views:
        client_id = f"linewatch:{spool.site}:{spool.device}:{view.name}"
        herald = Herald(view, settings, placed, memory, client_id=client_id, once=once)
        if not once:
            spool.follow(herald.tell)
            heralds.append(herald)
        herald.start()
        stack.callback(herald.stop)
    return heralds


def _make(name: str, spool: Spool, memory: Memory) -> View:
    if name == "json":
        return JsonView(spool.site, spool.device)
    if name == "home-assistant":
        return HomeAssistantView(spool.site, spool.device)
    return SparkplugView(spool.site, spool.device, memory.next_life)

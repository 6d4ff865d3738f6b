"""What an agent under test reports."""

from collections.abc import Callable

from linewatch.edge.decide.event import AnomalyEvent, Event


def keeping(anomalies: list[AnomalyEvent]) -> Callable[[Event], None]:
    """A spool that holds events about anomalies in `anomalies`, and forgets those about cameras."""

    def record(event: Event) -> None:
        if isinstance(event, AnomalyEvent):
            anomalies.append(event)

    return record

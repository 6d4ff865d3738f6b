"""The plugin by which amqtt asks who may enter. Loaded by amqtt, by name."""

from dataclasses import dataclass, field

from amqtt.plugins.base import BaseAuthPlugin  # type: ignore[import-untyped]
from amqtt.session import Session  # type: ignore[import-untyped]

from linewatch.cloud.broker.users import may_enter

PATH = f"{__name__}.Doorkeeper"


class Doorkeeper(BaseAuthPlugin):  # type: ignore[misc]
    """Lets in whom the configuration names, and everybody where it names nobody."""

    @dataclass
    class Config:
        """What amqtt hands over; names and passwords."""

        users: dict[str, str] = field(default_factory=dict)

    async def authenticate(self, *, session: Session) -> bool:
        """Whether the client may enter."""
        # To amqtt "anonymous" means: keep no queue for it while it is away. The devices' spools are the durable queue;
        # amqtt's would grow in memory without bound, and would keep a session that a take-over left half dead.
        session.is_anonymous = True
        users = self.config.users
        return not users or may_enter(users, session.username, session.password)

"""The HTTP side: the registry's files as they are on the disk, and `/health`."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, Response
from starlette.staticfiles import StaticFiles

from linewatch.cloud.registry.settings import RegistrySettings

Health = Callable[[], dict[str, Any]]


def make_app(registry: RegistrySettings, health: Health) -> FastAPI:
    """The application. Files are read for each request, so that what is published is served at once.

    Args:
        registry: whose files are served.
        health: what `/health` answers; its `status` is `ok`, or the answer has HTTP status 503.
    """
    app = FastAPI(title="Linewatch cloud", docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/health")
    def health_route(response: Response) -> dict[str, Any]:
        answer = health()
        if answer["status"] != "ok":
            response.status_code = 503
        return answer

    app.mount("/registry/metadata", StaticFiles(directory=registry.metadata), name="metadata")
    app.mount("/registry/targets", StaticFiles(directory=registry.targets), name="targets")
    return app

"""How long a worker takes to import the app, beside the bare import of the SDKs it needs."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from statistics import median

RUNS = 7

SDKS = """
import azure.functions, azure.durable_functions, azure.cosmos.aio, azure.identity.aio
import azure.appconfiguration.provider.aio, featuremanagement.aio, azure.storage.blob.aio
import azure.eventgrid.aio
import pydantic, pydantic_settings, structlog, stripe, cachetools, iso4217
"""
APP = "import function_app"


def import_seconds(settings: Mapping[str, str]) -> tuple[float, float]:
    """Medians of fresh interpreters: the app, and its SDKs; the runs take turns."""
    app: list[float] = []
    sdks: list[float] = []
    environment = {**os.environ, **settings}
    for _ in range(RUNS):
        app.append(_seconds(APP, environment))
        sdks.append(_seconds(SDKS, environment))
    return median(app), median(sdks)


def _seconds(code: str, environment: Mapping[str, str]) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, env=dict(environment))  # noqa: S603
    return time.perf_counter() - began

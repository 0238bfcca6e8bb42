# SPDX-License-Identifier: Apache-2.0
"""A real Chromium, and the pages on a real port of this machine.

Both end with the module: Playwright keeps a loop running, in which other tests could not start
theirs.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
import threading
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from patience import LOADED

sys.path.insert(0, str(Path(__file__).parent))

import chromium

from gongji.policy.library import PolicyLibrary
from gongji.portal.door import Portal
from gongji.runtime import django_settings

TODAY = dt.date(2026, 11, 25)
START_S_MAX = 30 * LOADED


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    """Address of the pages, served by uvicorn in a thread."""
    django_settings.configure()
    portal = Portal(PolicyLibrary.load(), lambda: TODAY)
    started = threading.Event()

    async def app(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        if Portal.takes(scope):
            await portal(scope, receive, send)
        else:
            await send({"type": "http.response.start", "status": 404, "headers": []})
            await send({"type": "http.response.body", "body": b""})

    config = uvicorn.Config(app, port=0, log_config=None, lifespan="off", ws="none")
    server = uvicorn.Server(config)
    startup = server.startup

    async def told(sockets: Any = None) -> None:
        await startup(sockets)
        started.set()

    server.startup = told  # type: ignore[method-assign]
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    assert started.wait(START_S_MAX)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()
    portal.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium; without one the tests are skipped, in CI they fail."""
    program = chromium.find()
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail(chromium.MISSING)
        pytest.skip(chromium.MISSING)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=list(chromium.FLAGS))
        yield running
        running.close()

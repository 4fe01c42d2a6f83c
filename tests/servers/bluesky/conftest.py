"""Tests against the real Bluesky network on this machine; elsewhere the folder says so in one loud line and runs nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.servers.bluesky.network import Network, missing

MISSING = missing()
if MISSING:
    collect_ignore = [path.name for path in Path(__file__).parent.glob("test_*.py")]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if MISSING:
        line = f"tests on the real Bluesky network: SKIPPED, none ran. Missing: {', '.join(MISSING)}"
        terminalreporter.write_line(line, yellow=True, bold=True)


@pytest.fixture(scope="session")
def network() -> Iterator[Network]:
    with Network() as running:
        yield running

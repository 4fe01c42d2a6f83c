"""The list of platforms."""

from __future__ import annotations

import subprocess
import sys

import pytest

from social_care.connectors.registry import PLATFORMS, load, platforms
from social_care.core.errors import ConfigurationError
from social_care.core.ports import Connector


@pytest.mark.parametrize("platform", platforms())
def test_every_platform_can_be_loaded(platform: str) -> None:
    connector: Connector = load(platform)
    assert connector.platform == platform == platform.lower()
    assert connector.title


def test_an_unknown_platform_is_the_owners_matter() -> None:
    with pytest.raises(ConfigurationError, match="myspace"):
        load("myspace")


def test_the_list_imports_no_platform() -> None:
    code = "import sys, social_care.connectors.registry; print([m for m in sys.modules if 'connectors.x' in m])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert found.stdout.strip() == "[]"
    assert all(":" in place for place in PLATFORMS.values())

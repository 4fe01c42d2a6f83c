"""Recorded payloads kept outside the repository, when they are there."""

from __future__ import annotations

import os
from pathlib import Path


def shared_fixtures(name: str) -> Path | None:
    """Return a folder or file of the shared fixtures, None when it is not at hand.

    They are beside the repository (`../shared/fixtures`), or where SOCIAL_CARE_FIXTURES says.
    """
    beside = Path(__file__).resolve().parents[2].parent / "shared" / "fixtures"
    place = Path(os.environ.get("SOCIAL_CARE_FIXTURES") or beside) / name
    return place if place.exists() else None

"""How long a server asks to wait."""

from __future__ import annotations

import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from social_care.connectors.kit.http import server_time
from social_care.connectors.kit.reading import number
from social_care.connectors.kit.signatures import header

LONGEST_WAIT_S = 86_400.0


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of `Retry-After`, between one and a day; None where it is missing or makes no sense.

    Source: RFC 9110, section 10.2.3 (read 2026-11): seconds, or a date.
    """
    given = header(headers, "retry-after").strip()
    seconds: float | None = number(given)
    if seconds is None and given:
        try:
            until = parsedate_to_datetime(given).timestamp()
        except (TypeError, ValueError, OverflowError, IndexError):
            return None
        now = server_time({"date": header(headers, "date")})
        seconds = until - (time.time() if now is None else now)
    return None if seconds is None else min(max(float(seconds), 1.0), LONGEST_WAIT_S)

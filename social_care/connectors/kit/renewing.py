"""One worker at a time spends a token that may be spent once."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext

from social_care.core.connecting import LocksRenewal


def renewing(credentials: Mapping[str, str]) -> AbstractContextManager[None]:
    """Return a context in which nobody else renews these credentials, where they are shared at all.

    Raises: Retryable on entering when another worker takes too long.
    """
    return credentials.renewing() if isinstance(credentials, LocksRenewal) else nullcontext()

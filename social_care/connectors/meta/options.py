"""Options of an account that only Meta's connectors understand."""

from __future__ import annotations

from social_care.core.accounts import Account


def option(account: Account, name: str) -> str:
    """Return an option by its name, with or without the platform's key before it (`facebook_human_agent`), "" for none."""
    return account.options.get(f"{account.platform}_{name}") or account.options.get(name) or ""

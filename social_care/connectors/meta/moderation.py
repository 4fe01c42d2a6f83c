"""What Facebook, Instagram and WhatsApp have in common when they are asked to do something to a message or a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from social_care.connectors.kit.reading import items, mapping
from social_care.core.accounts import Account
from social_care.core.errors import OutcomeUnknown, Refused
from social_care.core.moderation import ModerationAction

UNDOING = frozenset({ModerationAction.UNHIDE, ModerationAction.UNLIKE, ModerationAction.UNBLOCK})
LACKING = "The app lacks the permission {name} for this: grant it, then connect and test again."


def lacking(account: Account, name: str) -> str:
    """Return the sentence for a permission that the account surely lacks, "" when it has it or Meta did not tell."""
    return LACKING.format(name=name) if account.permissions and name not in account.permissions else ""


def check_success(body: Mapping[str, Any], title: str) -> None:
    """Read `{"success": …}`, which Meta writes as a truth value or a word. Raises: Refused, OutcomeUnknown."""
    check_told(body.get("success"), title)


def check_told(told: object, title: str) -> None:
    """Read whether something was done. Raises: Refused when not, OutcomeUnknown where Meta did not tell."""
    word = str(told).lower()
    if word == "false":
        raise Refused(f"{title} did not do that.")
    if word != "true":
        raise OutcomeUnknown(f"{title}'s answer could not be read: it may or may not have been done.")


def check_list(result: object, done: str, title: str) -> None:
    """Read a list of people with whom it worked. Raises: Refused when only failures are told, OutcomeUnknown for nothing."""
    told = mapping(result)
    if items(told.get(done)):
        return
    check_told("false" if items(told.get("failed_users")) else None, title)

"""Who can be answered: nobody, from here."""

from __future__ import annotations

from social_care.core.replies import StoredMessage

NO_ANSWERS = "A feed takes no answers: answer where it was published, then record that with “Answered outside”."


def refuse(target: StoredMessage) -> str:
    """Return why a message cannot be answered through its feed, and where it can."""
    link = target.route.get("link", "")
    return NO_ANSWERS.replace("published,", f"published ({link}),") if link else NO_ANSWERS

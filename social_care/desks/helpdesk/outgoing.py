"""An outgoing row of Social Message → a part of a reply."""

from __future__ import annotations

from social_care.core.events import Audience
from social_care.core.replies import DeliveryState, Part, Upload
from social_care.core.templates import FilledTemplate
from social_care.desks.helpdesk import delivery_signs, messages, rows
from social_care.desks.helpdesk.times import from_site


def read_part(row: rows.Row) -> Part:
    """Return the part that a whole row holds."""
    target = messages.get(row["target"])
    assert target is not None  # noqa: S101 - messages are never removed while they have replies
    before = rows.row(
        "select message_id from `tabSocial Message` where reply = %(reply)s and part = %(part)s",
        reply=row["reply"],
        part=row["part"] - 1,
    )
    return Part(
        id=row["name"],
        account=row["account"],
        ticket=delivery_signs.ticket_of(row),
        reply=row["reply"],
        audience=Audience(row["audience"].lower()),
        index=row["part"],
        of=row["of_parts"],
        text=row["text"] or "",
        state=DeliveryState(row["state"].lower()),
        target=target,
        author=row["author_user"] or "",
        automatic=bool(row["automatic"]),
        media=tuple(Upload(**upload) for upload in rows.load(row["uploads"], [])),
        previous_id=before["message_id"] if before else None,
        idempotency_key=row["idempotency_key"] or "",
        attempts=row["attempts"],
        checks=row["checks"],
        first_attempt_at=from_site(row["first_attempt_at"]),
        external_id=row["message_id"],
        error=row["error"] or "",
        progress=rows.load(row["progress"], {}),
        approved_by=row["approved_by"] or "",
        template=FilledTemplate(**rows.load(row["template"], {})) if row["template"] else None,
        receipt=(row["receipt"] or "").lower(),
    )

"""Refusals of Facebook and Instagram beside those that every Graph call can meet.

Source: https://developers.facebook.com/docs/messenger-platform/error-codes,
https://developers.facebook.com/docs/messenger-platform/discovery/private-replies,
https://developers.facebook.com/docs/instagram-platform/private-replies (2026-11-22); texts as others met them.
"""

from __future__ import annotations

from social_care.sandbox.meta.problems import Refusal

_WINDOW = (
    "(#10) This message is sent outside of allowed window. Learn more about the new policy here:"
    " https://developers.facebook.com/docs/messenger-platform/policy-overview",
    "(#10) Diese Nachricht wurde außerhalb des zulässigen Zeitfensters gesendet.",
    "(#10) Este mensaje se envió fuera del período permitido.",
)
WINDOW = Refusal(code=10, subcode=2018278, texts=_WINDOW)
INSTAGRAM_WINDOW = Refusal(code=10, subcode=2534022, texts=_WINDOW)
NO_FEATURE = Refusal(
    code=200, subcode=2018276, texts=("(#200) Message tag HUMAN_AGENT needs a feature that this app was not granted.",)
)
"""What Meta answers without the feature is not documented (unsure)."""
USED_UP = Refusal(
    code=10900,
    texts=(
        "(#10900) Activity already replied to",
        "(#10900) Auf diese Aktivität wurde bereits geantwortet",
        "(#10900) Ya se respondió a esta actividad",
    ),
)
INSTAGRAM_USED_UP = Refusal(
    code=100,
    subcode=2534025,
    texts=(
        "Invalid parameter: the comment cannot be replied to privately",
        "Ungültiger Parameter: Auf den Kommentar kann nicht privat geantwortet werden",
        "Parámetro no válido: no se puede responder al comentario en privado",
    ),
)
AWAY = Refusal(
    code=551,
    subcode=1545041,
    texts=(
        "(#551) This person isn't available right now.",
        "(#551) Diese Person ist derzeit nicht verfügbar.",
        "(#551) Esta persona no está disponible en este momento.",
    ),
)
NOBODY = Refusal(
    code=100,
    subcode=2018001,
    texts=(
        "(#100) No matching user found",
        "(#100) Kein passender Nutzer gefunden",
        "(#100) No se encontró ningún usuario",
    ),
)
INSTAGRAM_NOBODY = Refusal(code=100, subcode=2534014, texts=("The requested user cannot be found.",))
NO_CONSENT = Refusal(code=230, status=403, texts=("(#230) User consent is required to access user profile",))
MEDIA = Refusal(code=100, subcode=2018047, texts=("(#100) Upload attachment failure.",))
NO_LONGER = Refusal(code=12, texts=("(#12) This field is deprecated for versions v22.0 and higher",))
"""Source: https://developers.facebook.com/docs/graph-api/reference/recommendation (2026-11-22)."""
NOT_FETCHED = Refusal(code=100, subcode=2018008, texts=("(#100) Failed to fetch the file from the url",))
RESTRICTED = Refusal(code=10, subcode=1893063, texts=("(#10) This Page is temporarily restricted from sending messages.",))
NO_MESSAGES_FROM_YOU = Refusal(code=10, subcode=2018108, texts=("(#10) This person can't receive messages from you.",))
DUPLICATE = Refusal(code=506, texts=("(#506) Duplicate status message",))

ALL = (
    *(WINDOW, INSTAGRAM_WINDOW, NO_FEATURE, USED_UP, INSTAGRAM_USED_UP, AWAY, NOBODY, INSTAGRAM_NOBODY, NO_CONSENT, MEDIA),
    *(NO_LONGER, NOT_FETCHED, RESTRICTED, NO_MESSAGES_FROM_YOU, DUPLICATE),
)

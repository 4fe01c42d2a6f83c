"""Refusals of the Graph API as it words them, in the language of the token's owner.

Codes and forms are Meta's, the texts are theirs where they are documented; whoever classifies by text fails here as there.
Source: https://developers.facebook.com/docs/graph-api/guides/error-handling,
https://developers.facebook.com/docs/messenger-platform/error-codes,
https://developers.facebook.com/docs/graph-api/overview/rate-limiting (2026-11-22).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

LOCALES = ("en_US", "de_DE", "es_ES")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One sort of refusal. texts: in the order of LOCALES; where one is missing the English one stands. subcode 0: none."""

    code: int
    subcode: int = 0
    status: int = 400
    type: str = "OAuthException"
    transient: bool = False
    texts: tuple[str, ...] = ("An unknown error occurred",)

    def text(self, locale: str) -> str:
        """Return the words for a locale, placeholders unfilled."""
        position = LOCALES.index(locale)
        return self.texts[position] if position < len(self.texts) else self.texts[0]


class Problem(Exception):
    """A refusal of this call. more: what stands beside the message; values: what fills the text's placeholders."""

    def __init__(self, refusal: Refusal, more: Mapping[str, Any] | None = None, **values: object) -> None:
        super().__init__(refusal.code, refusal.subcode)
        self.refusal = refusal
        self._more = dict(more or {})
        self._values = values

    @property
    def status(self) -> int:
        """The HTTP status, seldom the one that the matter would suggest."""
        return self.refusal.status

    def body(self, locale: str = LOCALES[0]) -> dict[str, Any]:
        """Return the answer's body."""
        refusal = self.refusal
        words = refusal.text(locale).format(**self._values)
        error: dict[str, Any] = {"message": words, "type": refusal.type, "code": refusal.code}
        if refusal.subcode:
            error["error_subcode"] = refusal.subcode
        if refusal.transient:
            error["is_transient"] = True
        trace = sha256(f"{refusal.code} {refusal.subcode} {words}".encode()).hexdigest()[:22]
        return {"error": error | self._more | {"fbtrace_id": f"A{trace}"}}


@dataclass(slots=True)
class Known:
    """The refusals that can be asked for by "code" or "code/subcode"."""

    table: dict[tuple[int, int], Refusal] = field(default_factory=dict)

    def add(self, refusals: Iterable[Refusal]) -> None:
        """Add refusals; of two with the same codes the first stays."""
        for one in refusals:
            self.table.setdefault((one.code, one.subcode), one)

    def find(self, shape: str) -> Refusal:
        """Return the refusal for "code" or "code/subcode"; one that is not in the table gets Meta's plainest text.

        Raises: ValueError when it is neither.
        """
        code, _, subcode = shape.partition("/")
        key = (int(code), int(subcode or 0))
        return self.table.get(key) or Refusal(code=key[0], subcode=key[1], texts=(f"(#{key[0]}) An error occurred",))


GRAPH = "GraphMethodException"
INVALID_TOKEN = Refusal(code=190, texts=("Invalid OAuth access token - Cannot parse access token",))
NO_TOKEN = Refusal(
    code=2500,
    texts=("An active access token must be used to query information about the current user.",),
)
NOT_AUTHORIZED = Refusal(
    code=190,
    subcode=458,
    texts=(
        "Error validating access token: The user has not authorized application {app}.",
        "Fehler beim Überprüfen des Zugriffstokens: Die Anwendung {app} ist nicht autorisiert.",
        "Error al validar el token de acceso: el usuario no ha autorizado la aplicación {app}.",
    ),
)
CHECKPOINT = Refusal(
    code=190,
    subcode=459,
    texts=("Error validating access token: You cannot access the app till you log in to www.facebook.com.",),
)
PASSWORD_CHANGED = Refusal(
    code=190,
    subcode=460,
    status=401,
    texts=(
        "Error validating access token: The session has been invalidated because the user changed their password.",
        "Fehler beim Überprüfen des Zugriffstokens: Das Passwort wurde geändert.",
        "Error al validar el token de acceso: se cambió la contraseña.",
    ),
)
EXPIRED = Refusal(
    code=190,
    subcode=463,
    status=401,
    texts=(
        "Error validating access token: Session has expired. The current time is {now}.",
        "Fehler beim Überprüfen des Zugriffstokens: Die Sitzung ist abgelaufen. Es ist jetzt {now}.",
        "Error al validar el token de acceso: la sesión ha caducado. La hora actual es {now}.",
    ),
)
UNCONFIRMED = Refusal(
    code=190, subcode=464, texts=("Error validating access token: Sessions for the user are not allowed.",)
)
INVALIDATED = Refusal(
    code=190, subcode=467, texts=("Error validating access token: The session was invalidated by the user logging out.",)
)
ENDINGS = {one.subcode: one for one in (NOT_AUTHORIZED, CHECKPOINT, PASSWORD_CHANGED, EXPIRED, UNCONFIRMED, INVALIDATED)}
"""How a token can die, by subcode."""
PROOF_MISSING = Refusal(code=100, type=GRAPH, texts=("API calls from the server require an appsecret_proof argument",))
PROOF_WRONG = Refusal(code=100, type=GRAPH, texts=("Invalid appsecret_proof provided in the API argument",))
DEPRECATED = Refusal(
    code=2635,
    texts=("(#2635) You are calling a deprecated version of the API. Please update to the latest version.",),
)
UNKNOWN_PATH = Refusal(code=2500, texts=("Unknown path components: /{path}",))
SYNTAX = Refusal(code=2500, texts=('Syntax error "{what}" at character {place}: {text}',))
NO_FIELD = Refusal(code=100, texts=("(#100) Tried accessing nonexisting field ({name}) on node type ({type})",))
INVALID = Refusal(
    code=100, texts=("(#100) {text}", "(#100) Ungültiger Parameter: {text}", "(#100) Parámetro no válido: {text}")
)
NOT_THERE = Refusal(
    code=100,
    subcode=33,
    type=GRAPH,
    texts=(
        "Unsupported {method} request. Object with ID '{id}' does not exist, cannot be loaded due to missing permissions,"
        " or does not support this operation. Please read the Graph API documentation at"
        " https://developers.facebook.com/docs/graph-api",
        "Nicht unterstützte {method}-Anfrage. Das Objekt mit der ID „{id}“ existiert nicht.",
        "Solicitud {method} no admitida. El objeto con el identificador «{id}» no existe.",
    ),
)
NO_PERMISSION = Refusal(
    code=10,
    status=403,
    texts=(
        "(#10) This endpoint requires the '{permission}' permission or the feature that grants it.",
        "(#10) Dieser Endpunkt erfordert die Berechtigung „{permission}“.",
        "(#10) Este punto de acceso requiere el permiso «{permission}».",
    ),
)
FORBIDDEN = Refusal(
    code=200,
    status=403,
    texts=("(#200) Permissions error", "(#200) Berechtigungsfehler", "(#200) Error de permisos"),
)
TROUBLE = Refusal(
    code=2,
    status=500,
    transient=True,
    texts=(
        "An unexpected error has occurred. Please retry your request later.",
        "Ein unerwarteter Fehler ist aufgetreten. Bitte versuche es später noch einmal.",
        "Se ha producido un error inesperado. Vuelve a intentarlo más tarde.",
    ),
)
UNKNOWN = Refusal(code=1, status=500, texts=("An unknown error occurred", "Unbekannter Fehler", "Error desconocido"))
APP_LIMIT = Refusal(code=4, status=403, transient=True, texts=("(#4) Application request limit reached",))
USER_LIMIT = Refusal(code=17, transient=True, texts=("(#17) User request limit reached",))
PAGE_LIMIT = Refusal(code=32, texts=("(#32) Page request limit reached",))
CUSTOM_LIMIT = Refusal(code=613, texts=("(#613) Calls to this api have exceeded the rate limit.",))
_BUSINESS_TEXTS = (
    "(#{0}) There have been too many calls to this account. Wait a bit and try again.",
    "(#{0}) Es gab zu viele Aufrufe für dieses Konto. Warte ein wenig und versuche es erneut.",
    "(#{0}) Ha habido demasiadas llamadas a esta cuenta. Espera un poco e inténtalo de nuevo.",
)
BUSINESS_LIMITS = {
    kind: Refusal(code=code, texts=tuple(one.replace("{0}", str(code)) for one in _BUSINESS_TEXTS))
    for kind, code in (("pages", 80001), ("instagram", 80002), ("messenger", 80006), ("whatsapp", 80008))
}
"""By the kind of use case, as `type` names it in the usage header."""
BLOCKED_BY_POLICY = Refusal(code=368, texts=("The action attempted has been deemed abusive or is otherwise disallowed",))

ALL: tuple[Refusal, ...] = (
    *(INVALID_TOKEN, NO_TOKEN, *ENDINGS.values(), PROOF_MISSING, DEPRECATED, NO_PERMISSION, FORBIDDEN, TROUBLE, UNKNOWN),
    *(APP_LIMIT, USER_LIMIT, PAGE_LIMIT, CUSTOM_LIMIT, *BUSINESS_LIMITS.values(), BLOCKED_BY_POLICY),
)
THROTTLING = frozenset({4, 17, 32, 341, 613, *(one.code for one in BUSINESS_LIMITS.values())})


def invalid(text: str) -> Problem:
    """Return the refusal of a parameter."""
    return Problem(INVALID, text=text)

"""What cannot wait: danger, lawyers, the press, outages, the team's own words, and people whom many follow.

Every list is asked whatever the language, since people mix them; words that mean something harmless in another of the
three languages are left out.
"""

from __future__ import annotations

from functools import lru_cache

from social_care.core.insight import Reason
from social_care.insight.folding import Phrases

SAFETY = (
    "caught fire", "on fire", "smoke coming", "explod*", "explosion", "electric shock", "burn* my", "injur*", "hospital*",
    "allergic", "poison*", "ambulance", "unsafe", "dangerous", "suicid*", "kill myself", "hurt myself", "gas leak",
    "carbon monoxide", "choked", "choking", "emergency",
    "pożar*", "zapalił*", "pali się", "dym z", "wybuch*", "eksplod*", "porażenie prądem", "poparz*", "szpital*",
    "alergiczn*", "zatru*", "karetk*", "pogotowie", "niebezpieczn*", "samobój*", "zabić się", "wyciek gazu", "czad",
    "zagrożenie życia", "wypadek", "wypadku",
    "požar*", "zapalio se", "se zapalio", "zapalila se", "se zapalila", "eksplozij*", "eksplodir*", "udar struje",
    "povređen*", "povredi*", "opekotin*", "bolnic*", "alergijsk*", "trovanj*", "otrova*", "hitna pomoć", "opasno",
    "opasan", "opasna", "samoubi*", "curenje gasa",
)  # fmt: skip
LEGAL = (
    "lawyer*", "attorney*", "solicitor*", "sue you", "suing", "lawsuit*", "legal action", "small claims", "ombudsman",
    "trading standards", "consumer protection", "consumer law", "consumer rights", "data protection", "gdpr", "police",
    "prosecutor*",
    "adwokat*", "prawnik*", "radc* prawn*", "pozew", "pozwu", "pozwę", "pozwać", "do sądu", "w sądzie", "sądow*", "uokik",
    "rzecznik* konsument*", "rzecznik* praw", "niezgodne z prawem", "rodo", "policj*", "prokuratur*",
    "advokat*", "tužb*", "tužiti", "tužiću", "na sudu", "sudski*", "sudskim", "zaštit* potrošača", "inspekcij*", "zakon o",
    "protivzakonit*", "tužila*",
)  # fmt: skip
PRESS = (
    "journalist*", "reporter", "newsroom", "press enquiry", "press inquiry", "press office", "editor at", "for an article",
    "dziennikar*", "redakcj*", "rzecznik* prasow*", "do artykułu", "reportaż*",
    "novinar*", "redakcij*", "za članak",
)  # fmt: skip
OUTAGE = (
    "outage*", "is down", "are down", "went down", "network down", "site down", "offline", "power cut", "no internet",
    "no signal", "can't log in", "cannot log in", "not able to log in", "data breach", "hacked",
    "awari*", "nie działa strona", "strona nie działa", "aplikacja nie działa", "nie ma internetu", "nie ma prądu",
    "nie mogę się zalogować", "brak zasięgu", "brak prądu", "wyciek danych", "włamanie",
    "pao sistem", "sistem je pao", "ne radi sajt", "sajt ne radi", "aplikacija ne radi", "ne radi aplikacija",
    "nema struje", "nema interneta", "nema signala", "kvar", "kvara", "curenje podataka", "hakovan*",
)  # fmt: skip
TOPICS = {"safety": SAFETY, "legal": LEGAL, "press": PRESS, "outage": OUTAGE}


def find_urgency(text: str, own_words: tuple[str, ...], followers: int | None, many: int) -> tuple[Reason, ...]:
    """Return why a message is urgent, () when it is not. many: followers from which on it is; 0 for none."""
    reasons = [Reason("urgency", topic, words) for topic, words in _phrases(own_words).find(text)]
    if many and followers is not None and followers >= many:
        reasons.append(Reason("urgency", "followers", str(followers)))
    return tuple(reasons)


@lru_cache(maxsize=8)
def _phrases(own_words: tuple[str, ...]) -> Phrases:
    return Phrases({**TOPICS, "team": tuple(word for word in own_words if word.strip("* "))})

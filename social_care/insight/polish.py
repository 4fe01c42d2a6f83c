"""Polish sentiment by a lexicon of our own: beginnings of words, negation, intensifiers, and what comes after "but"."""

from __future__ import annotations

import re

from social_care.insight.folding import fold

_STEMS = {
    3: "cudown doskonał fantastyczn genialn niesamowit rewelac wspaniał zachwyc przepyszn uwielbia perfekcyjn najleps cudo",
    2: "dobr dobrz dzięki dziękuj dzięk fajn kocha lubi miło mił miłe poleca polec pomocn profesjonaln pyszn sprawn super"
    " szczęśliw świetn uprzejm usatysfakcjon wdzięczn zadowol życzliw brawo gratul pozytywn zaufan przyjemn przemił"
    " szacun spoko nieźl niezł wow wrażeni",
    1: "szybk łatw naprawi załatwi rozwiąza uda pomog pomóg pomoc wygodn czyst bezpłatn działa wzorow",
    -1: "czeka długo drog reklamac problem kłopot niestety dziwn błąd błęd brak zwrot zwleka trudn kiepsk opóźni spóźni"
    " zawiesza kolejk anul odwoła żart brud powoln ignor",
    -2: "awari beznadz chamsk denerw fatal frustr irytu kłama kłamst kpin nędz niekompetent niemił nieuprzejm niegrzeczn"
    " nieuczciw oszuka oszuk oszust połaman popsu porażk rozczarow rozpad skandal szkoda śmieszn tandet wkurz wstyd zepsu"
    " zgubi zniszcz zły źle źli zła złe żałosn żenad żenuj gorsz słab uszkodz rezygnuj okłama cierpliwoś naruszeni"
    " niezadowol niezgodn",
    -3: "dramat koszmar masakr najgorsz nienawi okropn strasz tragedi tragicz katastrof ohyd obrzydl syf dno",
}
_EXACT = {"ok": 1, "dno": -3, "bieda": -2, "kicha": -2, "mega": 1}
_PHRASES = {
    "dzien dobry": 0, "dobry wieczor": 0,
    "macie to gdzies": -3, "nigdy wiecej": -3, "nie dziala": -2, "nic nie dziala": -3, "brak slow": -2,
    "nikt nie odpowiada": -2, "nie moge sie": -1, "nie ma problemu": 1, "pod wrazeniem": 2, "z calego serca": 2,
    "nie dotarl": -2, "nie przysz": -2, "bez problem": 2, "bez zarzut": 2, "bez zastrzez": 2, "zadnych zastrzezen": 2,
    "ile mozna": -2, "szkoda pieniedzy": -3, "nie wroc": -2, "nie odpowiada": -1, "o niczym": -1,
}  # fmt: skip
"""Folded; each counts once and its words no more."""
_NEGATORS = frozenset(
    ["nie", "bez", "nigdy", "wcale", "ani", "zaden", "zadna", "zadnego", "zadnej", "zadnych", "nikt", "nic"]
)
_STRONGER = frozenset(
    [
        "bardzo",
        "naprawde",
        "strasznie",
        "okropnie",
        "niezwykle",
        "wyjatkowo",
        "calkowicie",
        "totalnie",
        "absolutnie",
        "mega",
        "tak",
    ]
)
_WEAKER = frozenset(["troche", "nieco", "dosc", "raczej"])
_BUT = frozenset(["ale", "lecz", "jednak", "niestety"])
_BY_STEM = {fold(stem): score for score, stems in _STEMS.items() for stem in stems.split()}
_LONGEST = max(map(len, _BY_STEM))
REACH = 3
"""How many words a negator reaches."""


def mood(text: str) -> tuple[float, str]:
    """Return from -1 to 1 how a text sounds, and up to three words that count."""
    words = re.findall(r"\w+", text)
    folded = " ".join(map(fold, words))
    total, found = 0.0, []
    for phrase, score in _PHRASES.items():
        if re.search(rf"\b{phrase}", folded):
            total += score
            found += [phrase] if score else []
            folded = re.sub(rf"\b{phrase}\w*", lambda match: " ".join("_" * len(match[0].split())), folded)
    plain = folded.split()
    scores = [_score(plain, at) for at in range(len(plain))]
    if but := next((at for at, word in enumerate(plain) if word in _BUT), 0):
        scores = [score * (0.5 if at < but else 1.5) for at, score in enumerate(scores)]
    total += sum(scores)
    found = [word for word, score in zip(words, scores, strict=True) if score] + found
    return total / (total * total + 15) ** 0.5, ", ".join(found[:3])


def _score(words: list[str], at: int) -> float:
    score: float = _of_word(words[at])
    if not score:
        return 0.0
    before = words[max(at - REACH, 0) : at]
    if before and before[-1] in _STRONGER:
        score *= 1.4
    if before and before[-1] in _WEAKER:
        score *= 0.6
    return score * -0.8 if _NEGATORS & set(before) else score


def _of_word(word: str) -> int:
    """Return what the longest beginning of a word counts that the lexicon has; `nie` before a good one turns it round."""
    if word in _EXACT:
        return _EXACT[word]
    for length in range(min(len(word), _LONGEST), 2, -1):
        if score := _BY_STEM.get(word[:length]):
            return score
    good = _of_word(word[3:]) if word.startswith("nie") and len(word) > 6 else 0
    return -good if good > 0 else 0

"""A finished sentence finds the template it was made from."""

import pytest

from social_care.core.sentences import Phrasebook

POLISH = {
    "The file is too large.": "Plik jest za duży.",
    "{0} takes no files with a {1} reply.": "{0} nie przyjmuje plików (odpowiedź: {1}).",
    "{title} has trouble at the moment.": "{title} ma teraz kłopoty.",
    "{0} It is being looked for.": "{0} Trwa szukanie.",
    "{0} is larger than the {1} MB that {2} takes.": "{2} przyjmuje do {1} MB, a {0} jest większy.",
    "{spare:,} of {units:,} units are left.": "Zostało {spare:,} z {units:,} jednostek.",
    "public": "publiczna",
    "{0}: {1}": "wrong",
}


@pytest.mark.parametrize(
    ("sentence", "translated"),
    [
        ("The file is too large.", "Plik jest za duży."),
        ("X takes no files with a public reply.", "X nie przyjmuje plików (odpowiedź: publiczna)."),
        ("Facebook has trouble at the moment.", "Facebook ma teraz kłopoty."),
        ("X has trouble at the moment. It is being looked for.", "X ma teraz kłopoty. Trwa szukanie."),
        ("a (1).png is larger than the 5 MB that X takes.", "X przyjmuje do 5 MB, a a (1).png jest większy."),
        ("{0}.png is larger than the 5 MB that X takes.", "X przyjmuje do 5 MB, a {0}.png jest większy."),
        ("1,200 of 10,000 units are left.", "Zostało 1,200 z 10,000 jednostek."),
        ("Nobody translated this: yet.", "Nobody translated this: yet."),
        ("", ""),
    ],
)
def test_sentences(sentence: str, translated: str):
    assert Phrasebook(POLISH).translate(sentence, lambda text: POLISH.get(text, text)) == translated

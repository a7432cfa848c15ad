"""Texts of every kind that a reader may type, the same in every run."""

import random
import unicodedata
from collections.abc import Sequence

VISIBLE = """
I ate an Apple BANANA phone's unfathomable antidisestablishmentarianism o'clock e-mail
café naïve Ångström São Øre Łódź Straße ẞ ﬁ ǆ Ⅷ ½ ² ª № İstanbul ı
e\u0301 a\u0308\u0323 \u0301 q\u0307\u0323 \u20dd क्षि நி กำ ែ
苹果 手机 水果 𠮷 㐀 豈 﨑 龘abc 猴子banana テレビ カ゛ か\u3099 ｶﾞ 한국어 ㅋㅋ ᄒ
🍎 👩\u200d🚀 👍🏽 🇨🇳 ❤\ufe0f 1\ufe0f\u20e3 \U0001f3f4\U000e0067\U000e007f
שלום שָׁלוֹם السلام عَلَيْكُم \u202eabc\u202c \u200fא ΟΔΟΣ Σ όσος ПРИВЕТ йод
<img/src=x/onerror=alert(1)> </script> &amp; {{x}} ${y} %00 \\n ` ^_~| $9.99 3+4=7
“quoted” ¿qué? … — · 。 ！ 「」 ٪ ؟ ՞ ፡ ¡ § ¶ † ‰ ′ ₿ € ° 2024 ３ ٣ ##ing a##b [ UNK]
"""
INVISIBLE = ("\0", "\x07", "\x1b[31m", "\x7f", "\x85", "\xad", "\u200b", "\u200c", "\u2060", "\ufeff")
NOT_TEXT = ("\ufffd", "\ue000", "\u0378")  # for what cannot be shown; private; not assigned
LONG = ("x" * 99, "x" * 100, "x" * 101, "é" * 100, "e\u0301" * 101)  # 100 letters are the most that a word may have
PIECES = (*VISIBLE.split(), *INVISIBLE, *NOT_TEXT, *LONG)
SPACES = (" ", " ", " ", "", "  ", "\t", "\n", "\r\n", "\u00a0", "\u3000", "\u2028", "\u2009", "\x0b", "\u1680")


def mixed_texts(count: int, words: Sequence[str], seed: int) -> list[str]:
    """``count`` texts of one to six pieces: ordinary words, two words run together, and everything above."""
    chance = random.Random(seed)

    def piece() -> str:
        kind = chance.random()
        if kind < 0.4:
            return chance.choice(words)
        if kind < 0.6:
            return chance.choice(words) + chance.choice(words)
        return chance.choice(PIECES)

    def text() -> str:
        return "".join(piece() + chance.choice(SPACES) for _ in range(chance.randint(1, 6)))

    return ["", " ", "\ud83c", "a\udf4eb", *(text() for _ in range(count - 4))]


def one_of_each_character() -> list[str]:
    """Each character between two letters, and on its own.

    Python and Node know different versions of Unicode. These characters are as old as version 3.2 and kept their
    category since. Ideographs and Hangul syllables are many and alike: one in a hundred will do.
    """
    old = unicodedata.ucd_3_2_0
    places = [place for place in range(0x110000) if not 0xD800 <= place < 0xE000]
    kept = []
    for place in places:
        character = chr(place)
        category = old.category(character)
        is_bulk = 0x3400 <= place <= 0xD7A3 or 0x20000 <= place <= 0x2FFFF or category == "Co"
        if category != "Cn" and category == unicodedata.category(character) and (not is_bulk or place % 100 == 0):
            kept.append(character)
    return [f"a{character}b {character}" for character in kept]

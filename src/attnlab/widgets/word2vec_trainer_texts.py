"""The texts that the trainer offers. They were made for it: words for like things stand in like places.

Each has a name, the text, and the word that is followed at first.
"""

from typing import NamedTuple


class Example(NamedTuple):
    """A text to train on."""

    name: str
    text: str
    follow: str


# Kings, queens and princes; fruit; animals. No sentence says so.
ROYALS = Example(
    "royals",
    "Kings wear crowns. Queens wear crowns. Princes wear crowns. "
    "Kings rule lands. Queens rule lands. Princes rule lands. "
    "Kings live in castles. Queens live in castles. Princes live in castles. "
    "Monkeys eat bananas. Monkeys eat apples. Monkeys eat pears. "
    "Horses eat apples. Horses eat pears. Horses eat bananas. "
    "Bananas grow on trees. Apples grow on trees. Pears grow on trees.",
    "kings",
)
# "Apple" is a fruit in one half of the text and a maker of phones in the other.
APPLE = Example(
    "apple",
    "Farmers grow pear. Nokia sells phones. Farmers grow banana. Huawei sells phones. Farmers grow apple. "
    "Apple sells phones. Children eat pear. Nokia builds computers. Children eat banana. Huawei builds computers. "
    "Children eat apple. Apple builds computers. Pear tastes sweet. Engineers praise Nokia. Banana tastes sweet. "
    "Engineers praise Huawei. Apple tastes sweet. Engineers praise Apple.",
    "apple",
)
# Chinese writes no spaces, so each character is a word.
CHINESE = Example(
    "chinese",
    "猫吃鱼。狗吃肉。猫吃肉。狗吃鱼。猫爱睡。狗爱睡。猫怕水。狗怕水。"
    "爸喝茶。妈喝茶。爸喝酒。妈喝酒。爸看书。妈看书。爸写字。妈写字。"
    "茶很香。酒很香。鱼很香。肉很香。",
    "猫",
)
EXAMPLES = (ROYALS, APPLE, CHINESE)

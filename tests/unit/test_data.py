"""Sentence pairs and plain text from files: what is read, what is refused, and mistakes that people make."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attnlab import data
from attnlab.data import SentencePair, group_references, read_articles, read_pairs, read_text, sentences, untokenized
from tests.mutants import mutant

HEADER = "english\tchinese\tattribution\n"
LINES = (
    'The heron said "no".\t苍鹭说“不”。\tby Ann & Bo\n'
    "Pears are green.\t梨是绿色的。\tby Ann\n"
    "A pear is green.\t梨是绿色的。\tby Cy\n"
    "Who sings?\t谁在唱歌？\tby Bo\n"
)
PAIRS = [
    SentencePair('The heron said "no".', "苍鹭说“不”。", "by Ann & Bo"),
    SentencePair("Pears are green.", "梨是绿色的。", "by Ann"),
    SentencePair("A pear is green.", "梨是绿色的。", "by Cy"),
    SentencePair("Who sings?", "谁在唱歌？", "by Bo"),
]

WIKITEXT = (
    " \n = Grey heron ( bird ) = \n \n The grey heron is a long @-@ legged bird of 1 @.@ 5 – 2 kg .\n"
    " It eats fish . It does n't sing . \n \n = = Voice = = \n"
    ' \n Its call is a loud " <unk> " , heard at 5 : 30 a.m. \n'
    " x =\n = = = Young = = = \n = 5 @,@ 000 <unk> / s = \n \n = best of a year \n \n y = = \n \n"
    " = Pear = \n \n = Plum = \n \n A plum is n't a pear . \n"
)
ARTICLES = [
    (
        "Grey heron (bird)",
        (
            "The grey heron is a long-legged bird of 1.5–2 kg.",
            "It eats fish. It doesn't sing.",
            'Its call is a loud "<unk>", heard at 5:30 a.m.',
            "x =",
            "= 5,000 <unk>/s =",
            "= best of a year",
            "y = =",
        ),
    ),
    ("Pear", ()),
    ("Plum", ("A plum isn't a pear.",)),
]


def file_of(folder: Path, content: str | bytes, name: str = "some.txt") -> Path:
    path = folder / name
    path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    return path


def refusal(call: Callable[[], Any]) -> str:
    """The words of the ``ValueError`` that a call ends in."""
    try:
        call()
    except ValueError as problem:
        return str(problem)
    raise AssertionError("nothing was refused")


# --- sentence pairs ---------------------------------------------------------------------------------------------------


def assert_reads_pairs(module: Any, folder: Path) -> None:
    """Fails unless pairs are read from all forms of the file, and every bad line is named."""
    plain = [SentencePair(pair.english, pair.chinese, "") for pair in PAIRS]
    two_columns = re.sub(r"\t[^\t]*\n", "\n", LINES)
    for content, wanted in [
        (HEADER + LINES, PAIRS),
        (LINES, PAIRS),
        (LINES.rstrip("\n"), PAIRS),
        (two_columns, plain),
        ("English\tChinese\n" + two_columns, plain),
        ("\ufeff" + HEADER + LINES, PAIRS),
        ("\ufeff" + LINES, PAIRS),
        ((HEADER + LINES).replace("\n", "\r\n"), PAIRS),
        (LINES.replace("\t", " \t "), PAIRS),
        ("a\u2028b\t甲\x0b乙\t\n", [SentencePair("a\u2028b", "甲\x0b乙", "")]),
    ]:
        found = module.read_pairs(file_of(folder, content))
        assert [fields(pair) for pair in found] == [fields(pair) for pair in wanted]
    for content, words in [
        (HEADER + LINES + "Two.\t二。\n", "p.tsv:6: 2 columns, but line 1 has 3"),
        (LINES + "Two.\t二。\tby Ann\t2\n", "p.tsv:5: 4 columns, but line 1 has 3"),
        ("One.\t一。\nTwo.\t二。\tby Ann\n", "p.tsv:2: 3 columns, but line 1 has 2"),
        (LINES + "\n" + LINES, "p.tsv:5: 1 column, but line 1 has 3"),
        ("Two.\n" + LINES, "p.tsv:1: 1 column, expected 2 or 3: english, chinese, attribution"),
        (HEADER + LINES + "\t二。\tby Ann\n", "p.tsv:6: the english sentence is empty"),
        (LINES + "Two.\t \tby Ann\n", "p.tsv:5: the chinese sentence is empty"),
        ("chinese\tenglish\n二。\tTwo.\n", "p.tsv:1: the columns are chinese, english, expected english, chinese"),
        (HEADER, "p.tsv has a header and 0 sentence pairs"),
        ("", "p.tsv is empty: 0 bytes"),
        (LINES.encode() + b"ab\xff\t\n", "p.tsv:5: byte 0xff, number 3 of the line, is not UTF-8"),
        (b"\xef\xbb\xbf" + HEADER.encode() + "二".encode()[:2] + b"\t\n", "p.tsv:2: byte 0xe4, number 1 of the line,"),
    ]:
        path = file_of(folder, content, "p.tsv")
        assert refusal(lambda path=path: module.read_pairs(path)).startswith(f"{folder / words}")


def fields(pair: Any) -> tuple[str, str, str]:
    return pair.english, pair.chinese, pair.attribution


def test_pairs_are_read_and_bad_lines_are_named(tmp_path: Path) -> None:
    assert_reads_pairs(data, tmp_path)
    assert read_pairs(str(file_of(tmp_path, LINES))) == PAIRS


PAIR_MODULES = ("data.lines", "data.pairs")
PAIR_MISTAKES = {
    "lines counted from 0": ("data.lines", "start=1", "start=0"),
    "the mark of the byte order is text": ("data.lines", "if number == 1", "if number == 0"),
    "wrong bytes replaced": ("data.lines", 'decode("utf-8")', 'decode("utf-8", errors="replace")'),
    "wrong bytes counted from 0": ("data.lines", "problem.start + 1", "problem.start"),
    "an empty file passes": ("data.lines", "not path.stat().st_size", "path.stat().st_size < 0"),
    "the header is a pair": ("data.pairs", "if _is_header(cells, where):", "if False:"),
    "the first line is always a header": ("data.pairs", "if _is_header(cells, where):", "if True:"),
    "columns not counted": ("data.pairs", "if len(cells) != n_columns:", "if len(cells) < 2:"),
    "columns may be missing": ("data.pairs", "if len(cells) != n_columns:", "if len(cells) > n_columns:"),
    "any columns in the first line": ("data.pairs", "if len(cells) not in (2, 3):", "if len(cells) == 0:"),
    "columns in any order": ("data.pairs", "if tuple(names) != COLUMNS[: len(names)]:", "if False:"),
    "only the English must be there": ("data.pairs", "zip(COLUMNS[:2],", "zip(COLUMNS[:1],"),
    "an attribution must be there": ("data.pairs", "zip(COLUMNS[:2],", "zip(COLUMNS,"),
    "spaces stay": ("data.pairs", "cell.strip() for", "cell for"),
    "languages swapped": ("data.pairs", "SentencePair(cells[0], cells[1],", "SentencePair(cells[1], cells[0],"),
    "the attribution is lost": ("data.pairs", "cells[2] if len(cells) > 2", "cells[2] if len(cells) > 3"),
    "no pair is fine": ("data.pairs", "if not pairs:", "if pairs is None:"),
}


@pytest.mark.parametrize("name", PAIR_MISTAKES)
def test_every_planted_mistake_of_pairs_is_caught(tmp_path: Path, name: str) -> None:
    module = mutant(PAIR_MODULES, *PAIR_MISTAKES[name])
    with pytest.raises((AssertionError, ValueError, IndexError)):
        assert_reads_pairs(module, tmp_path)


def assert_groups(module: Any) -> None:
    """Fails unless each source has all its references once, in the order of the pairs."""
    pairs = [*PAIRS, PAIRS[0], SentencePair("Who is singing?", "谁在唱歌？", ""), PAIRS[1]]
    wanted = [
        ("苍鹭说“不”。", ['The heron said "no".']),
        ("梨是绿色的。", ["Pears are green.", "A pear is green."]),
        ("谁在唱歌？", ["Who sings?", "Who is singing?"]),
    ]
    assert module.group_references(iter(pairs)) == wanted
    assert module.group_references([]) == []


def test_references_of_a_source_are_grouped() -> None:
    assert_groups(data)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (
            "references.setdefault(pair.chinese, {})[pair.english]",
            "references.setdefault(pair.english, {})[pair.chinese]",
        ),
        (
            "references.setdefault(pair.chinese, {})[pair.english] = None",
            "references[pair.chinese] = {pair.english: None}",
        ),
        ("in references.items()", "in sorted(references.items())"),
        ("list(english))", "sorted(english))"),
    ],
)
def test_every_planted_mistake_of_grouping_is_caught(right: str, wrong: str) -> None:
    with pytest.raises(AssertionError):
        assert_groups(mutant(("data.pairs",), "data.pairs", right, wrong))


WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=6)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(WORDS, WORDS, WORDS), min_size=1, max_size=5))
def test_any_pairs_come_back(tmp_path_factory: pytest.TempPathFactory, cells: list[tuple[str, str, str]]) -> None:
    path = file_of(tmp_path_factory.mktemp("any"), HEADER + "".join("\t".join(line) + "\n" for line in cells))
    found = read_pairs(path)
    assert [fields(pair) for pair in found] == [tuple(cell.strip() for cell in line) for line in cells]
    grouped = group_references(found)
    assert {(source, english) for source, references in grouped for english in references} == {
        (pair.chinese, pair.english) for pair in found
    }
    assert len({source for source, _ in grouped}) == len(grouped)


@pytest.mark.parametrize("read", [read_pairs, read_text, read_articles])
def test_files_that_are_no_files(tmp_path: Path, read: Callable[[Path], Any]) -> None:
    with pytest.raises(FileNotFoundError, match=r"there is no file .*none\.txt"):
        read(tmp_path / "none.txt")
    with pytest.raises(IsADirectoryError, match="is a folder, not a file"):
        read(tmp_path)
    with pytest.raises(ValueError, match=r"some\.txt is empty: 0 bytes"):
        read(file_of(tmp_path, ""))


def assert_reads_text(module: Any, folder: Path) -> None:
    assert module.read_text(file_of(folder, "\ufeffA fig.\r\n\r\n 梨。\u2028x")) == "A fig.\n\n 梨。\u2028x\n"
    path = file_of(folder, b"ok\na\xe9\n")
    assert refusal(lambda: module.read_text(path)) == f"{path}:2: byte 0xe9, number 2 of the line, is not UTF-8"


def test_a_text_is_read_whole(tmp_path: Path) -> None:
    assert_reads_text(data, tmp_path)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (r'b"\r\n"', r'b"\n"'),
        (r'rstrip(b"\r\n")', "strip()"),
        ('decode("utf-8")', 'decode("latin-1")'),
        ('f"{line}\\n" for', "line for"),
        ("if number == 1", "if number == 0"),
    ],
)
def test_every_planted_mistake_of_texts_is_caught(tmp_path: Path, right: str, wrong: str) -> None:
    with pytest.raises(AssertionError):
        assert_reads_text(mutant(("data.lines",), "data.lines", right, wrong), tmp_path)


# --- articles ---------------------------------------------------------------------------------------------------------


def assert_reads_articles(module: Any, folder: Path) -> None:
    """Fails unless titles, paragraphs and their order are those of the file, and bad files are refused."""
    for content in (WIKITEXT, WIKITEXT.strip(), "\ufeff" + WIKITEXT.replace("\n", "\r\n")):
        found = list(module.read_articles(file_of(folder, content)))
        assert [(article.title, article.paragraphs) for article in found] == ARTICLES
    for content, words in [
        ("\n A fig . \n \n = Fig = \n", ":2: 'A fig .' stands before the first ' = Title = '"),
        (" = = Use = = \n", ":1: '= = Use = =' stands before the first"),
        (" \n \n", " has 0 articles: no line is a ' = Title = ' after an empty one"),
        (b" = Fig = \n \n a\xff \n", ":3: byte 0xff, number 3 of the line, is not UTF-8"),
    ]:
        path = file_of(folder, content)
        assert refusal(lambda path=path: list(module.read_articles(path))).startswith(f"{path}{words}")


def test_articles_are_read(tmp_path: Path) -> None:
    assert_reads_articles(data, tmp_path)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("if level == 1 and after_empty:", "if level == 1:"),
        ("if level == 1 and after_empty:", "if level and after_empty:"),
        ("after_empty = True", "after_empty = False"),
        ("after_empty = not words", "after_empty = True"),
        ("elif words and level < 2:", "elif words:"),
        ("elif words and level < 2:", "elif words and not level:"),
        ("elif words and level < 2:", "elif level < 2:"),
        ("elif words and title is None:", "elif False:"),
        ("return before if before == after else 0", "return before"),
        ("return before if before == after else 0", "return min(before, after) or after"),
        ("untokenized(line)", "line.strip()"),
        ('untokenized(" ".join(words[1:-1]))', '" ".join(words[1:-1])'),
        ("[1:-1])), []", "[1:-1])), paragraphs"),
        ("if title is None:", "if False:"),
        ("            if title is not None:\n                yield", "            if False:\n                yield"),
    ],
)
def test_every_planted_mistake_of_articles_is_caught(tmp_path: Path, right: str, wrong: str) -> None:
    module = mutant(("data.wikitext",), "data.wikitext", right, wrong)
    with pytest.raises((AssertionError, ValueError, TypeError)):
        assert_reads_articles(module, tmp_path)


def test_one_article_at_a_time_is_read(tmp_path: Path) -> None:
    path = file_of(tmp_path, b" = Fig = \n \n It is sweet . \n \n = Plum = \n" + b"\n It is sour . " * 5 + b"\n\xff")
    articles = read_articles(path)
    assert next(articles).paragraphs == ("It is sweet.",)  # the wrong byte further on is not known yet
    with pytest.raises(ValueError, match=":12: byte 0xff"):
        next(articles)


# --- spaces -----------------------------------------------------------------------------------------------------------

NATURAL = {
    "It was half @-@ full , with 1 @,@ 250 @.@ 5 litres .": "It was half-full, with 1,250.5 litres.",
    "One ( or two [ or three ] ) ; four : five !": "One (or two [or three]); four: five!",
    'He said " yes " , then " no . "': 'He said "yes", then "no."',
    '" Yes " ( he said " no " ) " maybe "': '"Yes" (he said "no") "maybe"',
    'It ends in a mark "': 'It ends in a mark"',
    "the dog 's bowl , the dogs ' bowls , James ' hat": "the dog's bowl, the dogs' bowls, James' hat",
    "I don 't , she 'll , they 've , we 're , I 'm , he 'd": "I don't, she'll, they've, we're, I'm, he'd",
    "It does n't ; he could N'T": "It doesn't; he couldN'T",
    "The U.S. ' s plan of the ' 90s": "The U.S.'s plan of the '90s",
    "a so @-@ called ' fair ' trade and the ' other ' one": "a so-called 'fair' trade and the 'other' one",
    "It is ' good ' as ' gold '": "It is 'good' as 'gold'",
    'the " 90s " music and the corn \' yield': 'the "90s" music and the corn\' yield',
    "the boat 'awiil sank": "the boat 'awiil sank",
    "\" He said ' no ' to me \" , she said": "\"He said 'no' to me\", she said",
    "from 1990 – 95 to 1996 – and later – at 10 : 30": "from 1990–95 to 1996 – and later – at 10:30",
    "30 km / h and / or 5 % at 14 @.@ 5 ° C or 5 ° north": "30 km/h and/or 5% at 14.5°C or 5° north",
    "It cost $ 5 or £ 3 , as no. # 1": "It cost $5 or £3, as no. #1",
    "M ‑ 28 , “ good ” , ‘ fine ’ , isn ’ t , girls ’ shoes": "M‑28, “good”, ‘fine’, isn’t, girls’ shoes",
    "well ... yes … no": "well... yes… no",
    "the <unk> , a <unk> @-@ like <unk> 's ( <unk> )": "the <unk>, a <unk>-like <unk>'s (<unk>)",
    "  spaces   everywhere \t": "spaces everywhere",
    "a & b — c - d": "a & b — c - d",
    "": "",
    " \n": "",
}


def assert_takes_out_spaces(module: Any) -> None:
    for line, wanted in NATURAL.items():
        assert module.untokenized(line) == wanted


def test_spaces_are_taken_out() -> None:
    assert_takes_out_spaces(data)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("SPELLED.get(word, word)", "word"),
        ('"@-@": "-"', '"@-@": " - "'),
        ('{*SPELLED, "/", "⁄", "‑"}', '{"/", "⁄", "‑"}'),
        ('{*SPELLED, "/", "⁄", "‑"}', '{*SPELLED, "⁄", "‑"}'),
        ('{"–", ":"}', '{":"}'),
        ("before.isdigit() and after.isdigit()", "before.isdigit()"),
        ("before.isdigit() and after.isdigit()", "True"),
        ("joined = True  #", "joined = False  #"),
        ("joined = right", "joined = False"),
        ("if joined or left", "if joined and left"),
        ('after in ("C", "F")', "False"),
        ('after in ("C", "F")', "True"),
        ("return True, after in ENDINGS", "return True, False"),
        ("return True, after in ENDINGS", "return True, True"),
        ("word in JOINS_LEFT or _is_ending(word)", "word in JOINS_LEFT"),
        ("return after in ENDINGS, True", "return True, True"),
        ('if mark == "\'" and (', "if ("),
        ("open_marks.remove(mark)", "pass"),
        ("open_marks.add(mark)", "pass"),
        ("open_marks.add(mark)", "open_marks |= {'\"', \"'\"}"),
        ("and not is_possessive", ""),
        ("and before.lower() not in NOT_PLURAL", ""),
        ("bool(to_come) if", "True if"),
        ("else mark in to_come", "else bool(to_come)"),
        ("word[1:].lower() in ENDINGS", "bool(word[1:])"),
    ],
)
def test_every_planted_mistake_of_spaces_is_caught(right: str, wrong: str) -> None:
    with pytest.raises(AssertionError):
        assert_takes_out_spaces(mutant(("data.spacing",), "data.spacing", right, wrong))


TOKENS = st.sampled_from([*"\"'()[].,;:–/$%°’", "'s", "n't", "@-@", "@,@", "<unk>", "s", "herons", "12", "90s", "梨"])


@settings(max_examples=50, deadline=None)
@given(st.lists(TOKENS, max_size=12))
def test_nothing_but_spaces_is_ever_lost(tokens: list[str]) -> None:
    found = untokenized(" ".join(tokens))
    signs = "".join(tokens).replace("@-@", "-").replace("@,@", ",")
    assert found.replace(" ", "") == signs
    assert found == found.strip()
    assert "  " not in found


# --- sentences --------------------------------------------------------------------------------------------------------

SPLIT = {
    "Herons fish. Pears fall! Do plums? Yes… Good.": ["Herons fish.", "Pears fall!", "Do plums?", "Yes…", "Good."],
    "Dr. Plum met Mrs. Fig at St. Ives vs. Rome. So what?": ["Dr. Plum met Mrs. Fig at St. Ives vs. Rome.", "So what?"],
    "It is by J. R. R. Pear, of the U.S. Navy. Or J.-P. Fig.": [
        "It is by J. R. R. Pear, of the U.S. Navy.",
        "Or J.-P. Fig.",
    ],
    "See No. 5 on Jan. 3, pp. 4. No. It is not.": ["See No. 5 on Jan. 3, pp. 4.", "No.", "It is not."],
    "It weighs 2.5 kg. 3 weigh more. <unk> weigh less.": ["It weighs 2.5 kg.", "3 weigh more.", "<unk> weigh less."],
    'He said "Go." (She went.) Then: "Oh!" “Ah?” ‘So.’ End.': [
        'He said "Go."',
        "(She went.)",
        'Then: "Oh!"',
        "“Ah?”",
        "‘So.’",
        "End.",
    ],
    'What?! Really... Yes. (Dr. Fig) $5 more. "J. Plum" sat.': [
        "What?!",
        "Really...",
        "Yes.",
        "(Dr. Fig) $5 more.",
        '"J. Plum" sat.',
    ],
    "H. gammarus, i.e. a lobster. “Élan” ends. Ähren do": ["H. gammarus, i.e. a lobster.", "“Élan” ends.", "Ähren do"],
    "They sat. Then J. ran. Mt. Fig is high? Yes, St. Why?": [
        "They sat.",
        "Then J. ran.",
        "Mt. Fig is high?",
        "Yes, St. Why?",
    ],
    "They joined the NAVY. They left.": ["They joined the NAVY.", "They left."],
    "Is it No? 5 say no! 6 U.S? They": ["Is it No?", "5 say no!", "6 U.S?", "They"],
    "At 5 p.m. It rained. he left. etc. and so on": ["At 5 p.m.", "It rained. he left. etc. and so on"],
    "One line\nAnother line. Its end\n\n": ["One line", "Another line.", "Its end"],
    "  Spaces.   Around.  ": ["Spaces.", "Around."],
    "": [],
    " \n \n": [],
}


def assert_splits(module: Any) -> None:
    for text, wanted in SPLIT.items():
        assert list(module.sentences(text)) == wanted
        assert list(module.sentences(text.split("\n"))) == wanted


def test_text_is_split_into_sentences() -> None:
    assert_splits(data)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('not found["next"].islower() and ', ""),
        (" and not _is_abbreviated(line, start, found)", ""),
        ('if line[mark.start()] != ".":', "if False:"),
        ('return mark["next"].isdigit()', "return True"),
        ('return mark["next"].isdigit()', "return False"),
        (".lstrip(OPENING)", ""),
        ("word in ABBREVIATIONS or (", "("),
        (" or (INITIALS.fullmatch(word) is not None and word.isupper())", ""),
        (" and word.isupper()", ""),
        ("+ 1, start)", "+ 1, 0)"),
        ("INITIALS.fullmatch(word)", "INITIALS.match(word)"),
        (r"(?:\.-?[^\W\d_])*", ""),
        ("[.!?…]", "[.!?]"),
        ("""[.!?…]["'”’)\\]]*""", "[.!?…]"),
        ("""(?=["'“‘(\\[–—-]*""", "(?="),
        (r"[\w<$£€¥#]", r"[\w$£€¥#]"),
        (r"[\w<$£€¥#]", r"[A-Za-z<$£€¥#]"),
        ("    if rest:\n", "    if True:\n"),
        ("start = found.end()", "pass"),
        ('text.split("\\n") if isinstance(text, str)', "[text] if isinstance(text, str)"),
    ],
)
def test_every_planted_mistake_of_sentences_is_caught(right: str, wrong: str) -> None:
    with pytest.raises(AssertionError):
        assert_splits(mutant(("data.sentence_rule",), "data.sentence_rule", right, wrong))


@settings(max_examples=50, deadline=None)
@given(st.text(alphabet='aB. !?"(n\n1', max_size=40))
def test_sentences_hold_the_whole_text(text: str) -> None:
    found = list(sentences(text))
    assert " ".join(found).split() == text.split()
    assert all(sentence == sentence.strip() != "" for sentence in found)


def test_no_more_lines_are_read_than_are_needed(tmp_path: Path) -> None:
    def lines() -> Any:
        yield "A fig. A plum.\n"
        raise AssertionError("the second line was asked for")

    found = sentences(lines())
    assert [next(found), next(found)] == ["A fig.", "A plum."]
    with file_of(tmp_path, "A fig. A plum.\nA pear.\n").open(encoding="utf-8") as file:
        assert list(sentences(file)) == ["A fig.", "A plum.", "A pear."]

"""What the chapter on tokens says of BERT's list of 30,522 tokens, against the list itself."""

import ast
import re
from functools import cache

import build_words
from attnlab.text import WordPieceTokenizer
from notebook_files import NOTEBOOKS, read_notebook

CELLS = {cell.id: cell.source for cell in read_notebook(NOTEBOOKS / "tokens.ipynb").cells}
PROSE = "\n".join(
    cell.source for cell in read_notebook(NOTEBOOKS / "tokens.ipynb").cells if cell.cell_type == "markdown"
)


@cache
def bert() -> WordPieceTokenizer:
    return WordPieceTokenizer.from_file(build_words.model_folder() / "vocab.txt")


def test_the_ids_of_the_sentence_are_berts() -> None:
    ids = re.search(r"bert_ids = (\[.*?\])", CELLS["cost"])
    assert ids
    assert ast.literal_eval(ids[1]) == bert().encode("I ate an apple and a banana")
    assert len(bert()) == int(re.search(r"BERT = ([\d_]+)", CELLS["cost"])[1])


def test_the_neighbors_of_apple_are_berts() -> None:
    tokens = bert().entries.tokens
    said = re.search(r"In BERT's list \*apple\* is ([\d,]+), between \*(\w+)\* and \*(\w+)\*", PROSE)
    assert said
    place = int(said[1].replace(",", ""))
    assert tokens[place - 1 : place + 2] == (said[2], "apple", said[3])
    for word, number in re.findall(r"\*(banana|pear)\* (?:is )?(\d\d,\d{3})", PROSE):
        assert tokens.index(word) == int(number.replace(",", "")), word


def test_the_pieces_are_berts() -> None:
    assert "`hua ##wei`" in PROSE
    assert [token.piece for token in bert().tokenize("huawei")] == ["hua", "##wei"]
    assert [token.piece for token in bert().tokenize("猴子")] == ["[UNK]", "子"]

"""The program under "Python" gives the numbers on screen: of the explorers that need no trained transformer."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

from attnlab.embedding import load_word_vectors
from attnlab.widgets import LatentSpaceExplorer, SelfAttentionExplorer, TokenizerExplorer, Word2VecTrainer
from attnlab.widgets.tokens_codings import raise_ids
from attnlab.widgets.word2vec_trainer_run import METHODS
from tests.parity.model_files import Mistake, Run
from tests.parity.programs import close, engines, said, same_list

Check = Callable[[Run], None]


# --- self-attention ---------------------------------------------------------------------------------------------------


def attention(engine: Run, **settings: Any) -> None:
    explorer = SelfAttentionExplorer(**settings)
    dk = explorer.key.shape[1]
    printed = said(engine, explorer, dk=dk, fromTable=True)
    if explorer.follow < 0:
        (weights,) = printed
        close(weights, explorer.weights)
        return
    weights, before, arrow, after = printed
    close(weights, explorer.weights[explorer.follow])
    assert arrow == "->"
    close([before, after], [explorer.own_lean[explorer.follow], explorer.lean[explorer.follow]])


def own_vectors(engine: Run) -> None:
    """Of vectors that the reader brought the program reads the widget ``w``: it gives the weights from its vectors."""
    vectors = np.random.default_rng(2).normal(size=(4, 3))
    explorer = SelfAttentionExplorer(tokens=["a", "b", "c", "d"], vectors=vectors, divide_by="d")
    (program,) = engine([{"state": explorer.page_state(), "beside": {"dk": 3, "fromTable": False}}])
    names: dict[str, Any] = {"w": explorer, "print": lambda *values: None}
    exec(program, names)
    close(names["weights"], explorer.weights)
    close(names["output"], explorer.outputs)


# --- tokens -----------------------------------------------------------------------------------------------------------


def tokens(engine: Run, cut: str, view: str, text: str = "Low, lower: the “lowest” 水果 low lower.") -> None:
    explorer = TokenizerExplorer(text, cut=cut, view=view, merges=3, matrix=[0.7, -0.4, 0.2])
    listed, *rest = said(engine, explorer)
    assert [place for _, place in listed] == explorer.ids
    if cut == "byte-pairs" and isinstance(listed[0][0] if listed else "", bytes):
        assert b"".join(token for token, _ in listed) == text.encode()  # the page writes these bytes as it can
    else:
        assert [token for token, _ in listed] == explorer.tokens
    if view == "distances" or text == "":
        assert rest[::2] == list(explorer.distances)
        for found, matrix in zip(rest[1::2], explorer.distances.values(), strict=True):
            close(found, matrix)
    elif view == "one-hot":
        shape = (len(explorer.ids), explorer.vocabulary_size)
        assert rest == [shape, len(explorer.ids), 4 * shape[0] * shape[1]]
    elif view == "raise":
        raised = raise_ids(explorer.ids, explorer.matrix)
        rank, singular = rest
        assert rank == np.linalg.matrix_rank(raised) == 1
        np.testing.assert_allclose(singular, np.linalg.svd(raised, compute_uv=False), atol=1e-5)
    else:
        assert rest == []


# --- the latent space -------------------------------------------------------------------------------------------------


def latent(engine: Run, source: str = "words", **settings: Any) -> None:
    explorer = LatentSpaceExplorer(source, **settings)
    printed = said(engine, explorer)
    if explorer.view == "map":
        near, seen, shared = printed
        same_list(near, explorer.neighbors)
        assert seen == [word for word, _ in explorer.picture_neighbors]
        assert shared == len({word for word, _ in near} & set(seen))
    elif explorer.view == "analogy":
        excluded, included = printed
        same_list(excluded, explorer.analogy.excluded)
        same_list(included, explorer.analogy.included)
    elif explorer.view == "axes":
        assert [list(axis) for axis in printed] == [list(explorer.coordinates.words)] * len(printed)
        close(np.transpose([list(axis.values()) for axis in printed]), explorer.coordinates.places)
    else:
        (leans,) = printed
        listed = {one.word: one.lean for one in explorer.senses}
        assert list(leans) == [explorer.word, *listed]
        close(list(leans.values())[1:], list(listed.values()))


# --- Word2Vec ---------------------------------------------------------------------------------------------------------

NOISE: dict[str, Any] = {"loss": "negative-sampling"}


def trainer(engine: Run, text: str | None = None, **settings: Any) -> None:
    widget = Word2VecTrainer(text, **settings)
    printed = said(engine, widget, followed=widget.followed)
    each = len(printed) // 2
    for method, values in zip(METHODS, (printed[:each], printed[each:]), strict=True):
        assert values[0] == method
        close(values[1], widget.vectors[method])
        close(values[2], widget.output_vectors[method])
        if widget.step is not None:
            step = widget.step[method]
            close(values[3:6], [step.loss, step.norms["input"], step.norms["output"]])
        same_list(values[-1], widget.nearest()[method])


# --- all of them ------------------------------------------------------------------------------------------------------

CASES: dict[str, Check] = {
    "attention": attention,
    "attention without a followed word": partial(attention, follow=-1, divide_by="one"),
    "attention by the head": partial(attention, text="apple sells a phone", maps="head", follow=0),
    "attention over a number": partial(attention, text="a red fruit", divide_by=2.5, follow=2),
    "attention over the width": partial(attention, text="a red fruit", maps="head", divide_by="d", follow=1),
    "attention of own vectors": own_vectors,
    **{
        f"tokens: {cut}, {view}": partial(tokens, cut=cut, view=view)
        for cut in ("characters", "words", "byte-pairs", "wordpiece")
        for view in ("line", "one-hot", "distances", "raise")
    },
    "tokens of nothing": partial(tokens, cut="byte-pairs", view="line", text=""),
    "map": partial(latent, view="map", word="bank"),
    "map in 3-D": partial(latent, view="map", dimensions=3),
    "map by t-SNE": partial(latent, view="map", projection="tsne", word="london"),
    "map of Word2Vec": partial(latent, source="word2vec", view="map", word="river"),
    "map of Word2Vec by t-SNE": partial(latent, source="word2vec", view="map", projection="tsne", dimensions=3),
    **{view: partial(latent, view=view) for view in ("analogy", "axes", "senses")},
    **{f"{view} of Word2Vec": partial(latent, source="word2vec", view=view) for view in ("analogy", "axes", "senses")},
    "trainer": partial(trainer, steps=150),
    "trainer at its start": partial(trainer, steps=0, dim=3, seed=2**32 - 1),
    "trainer before its first step": partial(trainer, steps=0, computed=True, **NOISE),
    "trainer with a step that waits": partial(trainer, steps=61, computed=True, window=3, learning_rate=0.3, seed=5),
    "trainer with noise": partial(trainer, steps=90, negatives=3, dim=5, learning_rate=0.05, **NOISE),
    "trainer on own text": partial(trainer, text='Wine? "Red" 酒,\nred wine.', steps=40, computed=True, **NOISE),
}  # fmt: skip

CODE = "pythoncode.ts"
MISTAKES: dict[str, tuple[Mistake, str]] = {
    "never scaled": ((f"self-attention/{CODE}", "scale=1 / ${", "scale=1 + 0 * ${"), "attention"),
    "another word's weights": ((f"self-attention/{CODE}", "weights[${state.follow}]", "weights[0]"), "attention"),
    "poles swapped": ((f"self-attention/{CODE}", "${poles[0]}, ${poles[1]}", "${poles[1]}, ${poles[0]}"), "attention"),
    "values not mapped": ((f"self-attention/{CODE}", "words.maps.value(${rows})", "${rows}"), "attention by the head"),
    "a merge too few": ((f"tokens/{CODE}", "train(text, ${merges})", "train(text, ${merges - 1})"),
                        "tokens: byte-pairs, line"),
    "another matrix": ((f"tokens/{CODE}", "numbers.map(String)", "numbers.map(() => 1)"), "tokens: words, raise"),
    "other words": ((f"tokens/{CODE}", "pythonList(words)", "pythonList([...words].reverse())"),
                    "tokens: words, distances"),
    "one axis too few": ((f"latent-space/{CODE}", "pca_projection(unit, ${dimensions})", "pca_projection(unit, 1)"),
                         "map"),
    "the other table's map": ((f"latent-space/{CODE}", "load_tsne(${pythonText(source)}", 'load_tsne("words"'),
                              "map of Word2Vec by t-SNE"),
    "b and c swapped": ((f"latent-space/{CODE}", "nearest(a - b + c, 6)", "nearest(a - c + b, 6)"), "analogy"),
    "axes swapped": ((f"latent-space/{CODE}", "[xAxis, yAxis]", "[yAxis, xAxis]"), "axes"),
    "meanings swapped": ((f"latent-space/{CODE}", "poles[0])}], words[", "poles[1])}], words["), "senses"),
    "another seed": ((f"word2vec/{CODE}", 'Draws(${seed}, "matrix")', 'Draws(${seed + 1}, "matrix")'),
                     "trainer at its start"),
    "another rate": ((f"word2vec/{CODE}", "outputs -= ${learningRate}", "outputs -= 0.1001"), "trainer with noise"),
    "the waiting step applied": ((f"word2vec/{CODE}", "if number < ${steps}", "if number <= ${steps}"),
                                 "trainer with a step that waits"),
    "a step too few": ((f"word2vec/{CODE}", "${steps + (waits ? 1 : 0)}", "${steps}"),
                       "trainer with a step that waits"),
    "noise word too many": ((f"word2vec/{CODE}", "len(context), ${negatives})", "len(context), ${negatives + 1})"),
                            "trainer with noise"),
    "another window": ((f"word2vec/{CODE}", "places(${window})", "places(1)"), "trainer"),
}  # fmt: skip


@pytest.fixture(scope="module")
def fronts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    load_word_vectors()
    return engines(tmp_path_factory.mktemp("programs"), {name: mistake for name, (mistake, _) in MISTAKES.items()})


@pytest.mark.parametrize("case", CASES)
def test_the_program_gives_the_numbers_on_screen(fronts: dict[str, Run], case: str) -> None:
    CASES[case](fronts[""])


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_wrong_program_is_noticed(fronts: dict[str, Run], mistake: str) -> None:
    with pytest.raises((AssertionError, ValueError)):
        CASES[MISTAKES[mistake][1]](fronts[mistake])

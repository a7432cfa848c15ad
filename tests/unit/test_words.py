"""The table of word vectors: what the reduction keeps, and how close the carried head is to the real one."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import load, load_file, save
from sklearn.decomposition import PCA

import build_words
from attnlab.embedding import WORDS_FILE, AffineMap, HeadMaps, lean, load_word_vectors

Array = NDArray[np.float64]
SENTENCES = Path(__file__).with_name("everyday_sentences.txt").read_text(encoding="utf-8").splitlines()


@cache
def model() -> dict[str, Array]:
    return {name: value.astype(np.float64) for name, value in load_file(model_file()).items()}


def model_file() -> Path:
    return build_words.model_folder() / "model.safetensors"


@cache
def row_of() -> dict[str, int]:
    lines = (build_words.model_folder() / "vocab.txt").read_text(encoding="utf-8").splitlines()
    return {token: row for row, token in enumerate(lines)}


def embeddings(tokens: tuple[str, ...]) -> Array:
    return model()["embeddings.word_embeddings.weight"][[row_of()[token] for token in tokens]]


# --- the reduction ----------------------------------------------------------------------------------------------------


def test_the_share_of_variance_is_the_one_that_sklearn_finds() -> None:
    words = load_word_vectors()
    pca = PCA(n_components=words.dim, svd_solver="covariance_eigh").fit(embeddings(words.tokens[: words.words]))
    assert words.explained_variance == pytest.approx(pca.explained_variance_ratio_.sum(), abs=1e-4)


def test_distances_and_angles_are_those_of_the_projection() -> None:
    """Scores do not depend on the signs of the axes, so they can be compared with sklearn's axes."""
    words = load_word_vectors()
    pca = PCA(n_components=words.dim, svd_solver="covariance_eigh").fit(embeddings(words.tokens[: words.words]))
    chosen = ("apple", "banana", "phone", "atom", "river", "bank")
    wanted = pca.transform(embeddings(chosen))
    found = words[chosen].astype(np.float64)
    unit = np.sqrt((found**2).sum() / (wanted**2).sum())
    assert found @ found.T == pytest.approx(unit**2 * wanted @ wanted.T, abs=0.15)


def test_the_unit_of_length_is_the_stated_one() -> None:
    words = load_word_vectors()
    self_scores = (words.vectors[: words.words].astype(np.float64) ** 2).sum(axis=1) / np.sqrt(words.dim)
    assert self_scores.mean() == pytest.approx(2, abs=1e-3)


def test_the_first_words_are_whole_words_and_every_letter_is_there() -> None:
    words = load_word_vectors()
    assert words.words == 8_000
    assert all(token.isalpha() and token.islower() for token in words.tokens[: words.words])
    assert all(letter in words for letter in "abcdefghijklmnopqrstuvwxyz")
    assert len(set(words.tokens)) == len(words.tokens)


# --- int8 -------------------------------------------------------------------------------------------------------------


def assert_close_after_quantizing(rows: Array, stored: NDArray[np.int8], scales: NDArray[np.float32]) -> None:
    """Each number is off by half a step at most, and the largest number of a row uses the full range."""
    restored = stored.astype(np.float64) * scales[:, None]
    assert (np.abs(restored - rows) <= 0.5001 * scales[:, None]).all()
    assert (np.abs(stored.astype(int)).max(axis=1) == 127).all()


def test_quantization_is_off_by_half_a_step_at_most() -> None:
    rows = np.random.default_rng(0).normal(size=(50, 12)) * np.geomspace(1e-3, 1e3, 50)[:, None]
    assert_close_after_quantizing(rows, *build_words.quantize(rows))


@pytest.mark.parametrize("mistake", ["cut off instead of rounded", "one scale for all", "scale of 128"])
def test_a_wrong_quantization_is_noticed(mistake: str) -> None:
    rows = np.random.default_rng(0).normal(size=(50, 12)) * np.geomspace(1e-3, 1e3, 50)[:, None]
    stored, scales = build_words.quantize(rows)
    if mistake == "cut off instead of rounded":
        stored = np.trunc(rows / scales[:, None]).astype(np.int8)
    elif mistake == "one scale for all":
        scales = np.full_like(scales, scales.max())
        stored = np.round(rows / scales[:, None]).astype(np.int8)
    else:
        scales = scales * np.float32(127 / 128)
    with pytest.raises(AssertionError):
        assert_close_after_quantizing(rows, stored, scales)


# --- the file ---------------------------------------------------------------------------------------------------------


def test_one_content_gives_one_file() -> None:
    """The header's order is left to chance by the library; what is written is not."""
    tensors = {"rows": np.arange(6, dtype=np.int8).reshape(2, 3), "scales": np.ones(2, dtype=np.float32)}
    texts = {name: name.upper() for name in "abcdefgh"}
    files = {build_words.with_sorted_header(save(tensors, texts)) for _ in range(20)}
    assert len(files) == 1
    assert {name: value.tolist() for name, value in load(files.pop()).items()} == {
        name: value.tolist() for name, value in tensors.items()
    }


# --- the carried head beside the real one -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Difference:
    """How far the carried head's weights are from the real head's, over all sentences."""

    mean: float  # of the absolute differences
    same_first: float  # share of the words whose most attended word is the same


def softmax(scores: Array) -> Array:
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def real_input(tokens: list[str], *, positions: str) -> Array:
    """What the model's first layer is given, from the model's own file; (T, 384)."""
    weights = model()
    added = weights["embeddings.position_embeddings.weight"]
    position = added[: len(tokens)] if positions == "real" else added[build_words.POSITIONS].mean(axis=0)
    x = embeddings(tuple(tokens)) + position + weights["embeddings.token_type_embeddings.weight"][0]
    x = (x - x.mean(axis=1, keepdims=True)) / np.sqrt(x.var(axis=1, keepdims=True) + build_words.LAYER_NORM_EPSILON)
    return x * weights["embeddings.LayerNorm.weight"] + weights["embeddings.LayerNorm.bias"]


def real_map(name: str, x: Array) -> Array:
    """The queries, keys or values of the first head; (T, 32)."""
    prefix = f"encoder.layer.0.attention.self.{name}"
    return x @ model()[f"{prefix}.weight"][:32].T + model()[f"{prefix}.bias"][:32]


def real_weights(tokens: list[str], *, positions: str, marked: bool = False) -> Array:
    """The attention weights of the first head of the model's first layer; (T, T).

    Args:
        tokens: the words.
        positions: "real", or "average" for the mean of those that the table's maps use.
        marked: put [CLS] and [SEP] around the words, as the model expects, and share their attention out again.
    """
    x = real_input(["[CLS]", *tokens, "[SEP]"] if marked else tokens, positions=positions)
    shares = softmax(real_map("query", x) @ real_map("key", x).T / np.sqrt(32))
    if marked:
        shares = shares[1:-1, 1:-1]
    return shares / shares.sum(axis=1, keepdims=True)


def carried_weights(tokens: list[str], maps: HeadMaps) -> Array:
    x = load_word_vectors()[tokens]
    return softmax((maps.query(x) @ maps.key(x).T).astype(np.float64) / np.sqrt(maps.width))


def difference(maps: HeadMaps, **real: bool | str) -> Difference:
    differences, same = [], []
    for sentence in SENTENCES:
        tokens = [token.piece for token in load_word_vectors().tokenizer.tokenize(sentence)]
        carried, wanted = carried_weights(tokens, maps), real_weights(tokens, **real)
        differences.append(np.abs(carried - wanted).ravel())
        same.append(carried.argmax(axis=1) == wanted.argmax(axis=1))
    return Difference(float(np.concatenate(differences).mean()), float(np.concatenate(same).mean()))


def own_maps() -> HeadMaps:
    maps = load_word_vectors().maps
    assert maps is not None
    return maps


def test_every_sentence_is_made_of_words_of_the_table() -> None:
    assert len(SENTENCES) == 50
    for sentence in SENTENCES:
        assert all(token.piece == token.text.lower() for token in load_word_vectors().tokenizer.tokenize(sentence))


# What was measured, rounded up: the reduction to 128 dimensions costs the head much of its behavior, and the chapter
# says so. A wrong map is further away still (see the planted mistakes below).
AVERAGE_POSITIONS = 0.05
REAL_POSITIONS = 0.06


def assert_close_to_the_real_head(maps: HeadMaps) -> None:
    assert difference(maps, positions="average").mean < AVERAGE_POSITIONS
    assert difference(maps, positions="real").mean < REAL_POSITIONS
    assert difference(maps, positions="real", marked=True).mean < AVERAGE_POSITIONS


def always_alike() -> float:
    """The same difference for a head that gives every word the same weight: what knowing nothing would score."""
    differences = []
    for sentence in SENTENCES:
        wanted = real_weights(sentence.lower().split(), positions="average")
        differences.append(np.abs(wanted - 1 / len(wanted)).ravel())
    return float(np.concatenate(differences).mean())


def test_the_carried_head_is_as_close_to_the_real_one_as_stated() -> None:
    assert_close_to_the_real_head(own_maps())
    assert difference(own_maps(), positions="average").same_first == pytest.approx(0.44, abs=0.015)


def test_the_carried_head_knows_something() -> None:
    assert difference(own_maps(), positions="average").mean < 0.9 * always_alike()


# With all 384 dimensions nothing is left out, and the only loss is LayerNorm's divisor, replaced by its average.


@cache
def unreduced() -> tuple[Array, Array, dict[str, Array]]:
    words = load_word_vectors()
    rows = embeddings(words.tokens[: words.words])
    mean, axes, explained = build_words.principal_axes(rows, 384)
    assert explained == pytest.approx(1)
    return mean, axes, build_words.carried_head(model(), mean, axes, 1.0, rows)


def assert_carried_exactly(carried: dict[str, Array]) -> None:
    """Weights and values of all sentences are those of the real head, up to the divisor (which varies by 5 %)."""
    mean, axes, _ = unreduced()
    weight_errors, value_errors = [], []
    for sentence in SENTENCES:
        tokens = sentence.lower().split()
        x = (embeddings(tuple(tokens)) - mean) @ axes
        query, key, value = (
            x @ carried[f"{name}.weight"].T + carried[f"{name}.bias"] for name in ("query", "key", "value")
        )
        wanted = real_weights(tokens, positions="average")
        weight_errors.append(np.abs(softmax(query @ key.T / np.sqrt(32)) - wanted).ravel())
        real = real_map("value", real_input(tokens, positions="average"))
        value_errors.append(np.abs(value - real).mean() / np.abs(real).mean())
    assert np.concatenate(weight_errors).mean() < 0.006
    assert np.mean(value_errors) < 0.1


def test_the_maps_are_carried_exactly_when_nothing_is_left_out() -> None:
    assert_carried_exactly(unreduced()[2])


def with_half(part: str) -> dict[str, Array]:
    carried = unreduced()[2]
    return carried | {part: 0.5 * carried[part]}


@pytest.mark.parametrize("part", ["query.weight", "query.bias", "key.weight", "value.weight", "value.bias"])
def test_a_map_that_is_not_carried_exactly_is_noticed(part: str) -> None:
    with pytest.raises(AssertionError):
        assert_carried_exactly(with_half(part))


def test_only_the_bias_of_the_keys_is_of_no_consequence() -> None:
    """It adds the same number to a whole row of scores, and softmax takes it off again."""
    assert_carried_exactly(with_half("key.bias"))


MISTAKES = {
    "queries and keys exchanged": lambda maps: HeadMaps(maps.key, maps.query, maps.value, maps.label),
    "twice the unit of length": lambda maps: replaced(maps, weight=lambda weight: 2 * weight),
    "the first axis turned around": lambda maps: replaced(maps, weight=turned_around),
}


def replaced(maps: HeadMaps, weight: Callable[[NDArray[np.float32]], NDArray[np.float32]]) -> HeadMaps:
    query, key, value = (AffineMap(weight(one.weight), one.bias) for one in (maps.query, maps.key, maps.value))
    return HeadMaps(query, key, value, maps.label)


def turned_around(weight: NDArray[np.float32]) -> NDArray[np.float32]:
    signs = np.ones(weight.shape[1], dtype=np.float32)
    signs[0] = -1
    return weight * signs


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_wrongly_carried_head_is_noticed(mistake: str) -> None:
    with pytest.raises(AssertionError):
        assert_close_to_the_real_head(MISTAKES[mistake](own_maps()))


# --- what the chapter on self-attention says of the real head ---------------------------------------------------------

PHONE = ["apple", "sells", "a", "new", "phone"]


def most_attended(sentence: str, word: str, count: int) -> dict[str, float]:
    """Whom a word attends to most in the real head, as the model is used; shares among the words, two decimals."""
    tokens = sentence.split()
    row = real_weights(tokens, positions="real", marked=True)[tokens.index(word)]
    order = np.argsort(-row)[:count]
    return {tokens[place]: round(float(row[place]), 2) for place in order}


def test_the_real_head_attends_as_the_chapter_says() -> None:
    assert most_attended(" ".join(PHONE), "apple", 1) == {"phone": 0.64}
    assert most_attended("she paid the money into the bank", "bank", 2) == {"money": 0.40, "paid": 0.28}
    found = most_attended("the boat drifted to the bank of the river", "bank", 4)
    assert list(found) == ["river", "drifted", "bank", "boat"]
    assert (found["river"], found["boat"]) == (0.19, 0.12)


def test_the_real_head_attends_to_the_markers_as_the_chapter_says() -> None:
    x = real_input(["[CLS]", *PHONE, "[SEP]"], positions="real")
    row = softmax(real_map("query", x) @ real_map("key", x).T / np.sqrt(32))[1]  # apple's
    assert row[5] == pytest.approx(0.46, abs=0.005)  # phone
    assert row[0] + row[6] == pytest.approx(0.29, abs=0.005)


def test_the_real_head_scores_as_the_chapter_says() -> None:
    x = real_input(["[CLS]", *PHONE, "[SEP]"], positions="real")
    scores = real_map("query", x) @ real_map("key", x).T
    assert scores[1, 5] == pytest.approx(10.3, abs=0.05)
    assert scores[5, 1] == pytest.approx(-8.9, abs=0.05)


def real_lean(tokens: list[str], *, attended: bool) -> float:
    """Where the value of "apple" leans in the real head, alone or after attention, with average positions."""
    fruit, phones = (
        real_map("value", real_input(words, positions="average"))
        for words in (["fruit", "banana", "pear"], ["phone", "iphone", "computer"])
    )
    values = real_map("value", real_input(tokens, positions="average"))
    if attended:
        values = real_weights(tokens, positions="average") @ values
    return float(lean(values, fruit, phones)[tokens.index("apple")])


def test_apple_leans_in_the_real_head_as_the_chapter_says() -> None:
    assert real_lean(PHONE, attended=False) == pytest.approx(-0.11, abs=0.005)
    assert real_lean(PHONE, attended=True) == pytest.approx(-0.53, abs=0.005)
    assert real_lean(["i", "ate", "an", "apple", "and", "a", "banana"], attended=True) == pytest.approx(0.28, abs=0.005)


def test_guessing_is_as_good_as_the_chapter_says() -> None:
    lengths = np.array([len(sentence.split()) for sentence in SENTENCES])
    assert len(lengths) / lengths.sum() == pytest.approx(0.13, abs=0.005)  # one hit in each row's length, on average
    assert always_alike() == pytest.approx(0.058, abs=0.001)


def test_the_unit_is_the_one_that_the_chapter_tells() -> None:
    with safe_open(WORDS_FILE, "numpy") as file:
        assert float(file.metadata()["unit"]) == pytest.approx(4.62, abs=0.005)
    x = load_word_vectors()[["i", "ate", "an", "apple", "and", "a", "banana"]].astype(np.float64) / 4.62
    assert softmax(x @ x.T)[3, 3] == pytest.approx(0.35, abs=0.005)

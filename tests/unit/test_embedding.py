"""The word vectors: reading them, bad files, and the measures that the book uses."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file

from attnlab import embedding
from attnlab.attention import scaled_dot_product_attention
from attnlab.embedding import (
    WORDS_FILE,
    AffineMap,
    HeadMaps,
    cosine,
    lean,
    load_word_vectors,
    read_word_vectors,
    spaces,
)
from attnlab.text import one_hot


def random_rows(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


# --- the table --------------------------------------------------------------------------------------------------------


def test_words_are_looked_up() -> None:
    words = load_word_vectors()
    assert words["apple"].shape == (128,)
    assert words["apple", "pear"].shape == (2, 128)
    assert (words[["apple", "pear"]][1] == words["pear"]).all()
    assert words[[]].shape == (0, 128)
    assert words["apple"].dtype == np.float32
    assert "apple" in words
    assert "Apple" not in words
    with pytest.raises(KeyError, match=r"'zzz' is not among the \d+ tokens"):
        words["apple", "zzz"]


def test_the_table_is_read_once() -> None:
    assert load_word_vectors() is load_word_vectors()


def test_nearest_words_mean_something() -> None:
    words = load_word_vectors()
    assert "monkey" in dict(words.nearest("banana", 5))
    assert words.nearest(words["banana"], 1)[0][0] == "banana"  # of a vector, the word itself is one of the answers
    cosines = [score for _, score in words.nearest("atom", 50)]
    assert cosines == sorted(cosines, reverse=True)
    assert len(words.nearest("##ing", words.words)) == words.words


@pytest.mark.parametrize("k", [0, -1, 8_000, 10_000])
def test_nearest_wants_a_count_that_there_is(k: int) -> None:
    with pytest.raises(ValueError, match=f"k must be from 1 to 7999, got {k}"):
        load_word_vectors().nearest("apple", k)


def test_nearest_wants_a_vector_of_the_tables_width() -> None:
    with pytest.raises(ValueError, match=r"\(128,\), got \(3,\)"):
        load_word_vectors().nearest([1.0, 2.0, 3.0])


# --- bad files --------------------------------------------------------------------------------------------------------


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"missing.*words\.safetensors"):
        read_word_vectors(tmp_path / "words.safetensors")


@pytest.mark.parametrize("size", [0, 5, 100, 200_000, 1_000_000])
def test_a_truncated_file(tmp_path: Path, size: int) -> None:
    broken = tmp_path / "words.safetensors"
    broken.write_bytes(WORDS_FILE.read_bytes()[:size])
    with pytest.raises(ValueError, match=f"words.safetensors holds {size} bytes"):
        read_word_vectors(broken)


def test_a_file_of_another_kind(tmp_path: Path) -> None:
    broken = tmp_path / "words.safetensors"
    broken.write_bytes(b"<!doctype html><title>404</title>" * 100)
    with pytest.raises(ValueError, match="holds 3300 bytes"):
        read_word_vectors(broken)


@pytest.mark.parametrize("lacking", ["rows", "scales", "query.weight", "value.bias"])
def test_a_file_that_lacks_a_tensor(tmp_path: Path, lacking: str) -> None:
    tensors = load_file(WORDS_FILE)
    del tensors[lacking]
    save_file(tensors, tmp_path / "words.safetensors", {"tokens": json.dumps(load_word_vectors().tokens)})
    with pytest.raises(ValueError, match=lacking):
        read_word_vectors(tmp_path / "words.safetensors")


def test_a_file_whose_counts_differ(tmp_path: Path) -> None:
    tensors = load_file(WORDS_FILE)
    save_file(tensors, tmp_path / "words.safetensors", {"tokens": '["a", "b"]'})
    with pytest.raises(ValueError, match=r"2 tokens, \d+ rows and \d+ scales"):
        read_word_vectors(tmp_path / "words.safetensors")


# --- maps -------------------------------------------------------------------------------------------------------------


def test_an_affine_map() -> None:
    weight, bias, x = random_rows(1, 3, 5), random_rows(2, 3), random_rows(3, 4, 5)
    assert AffineMap(weight, bias)(x) == pytest.approx(x @ weight.T + bias, abs=1e-5)
    assert AffineMap(weight)(x) == pytest.approx(x @ weight.T, abs=1e-5)


def test_maps_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match=r"\(3, 5\) but bias of shape \(5,\)"):
        AffineMap(np.zeros((3, 5)), np.zeros(5))
    with pytest.raises(ValueError, match=r"got shape \(3,\)"):
        AffineMap(np.zeros(3))
    with pytest.raises(ValueError, match="width 5, got width 3"):
        AffineMap(np.zeros((3, 5)))(np.zeros((4, 3)))
    three, two = AffineMap(np.zeros((3, 5))), AffineMap(np.zeros((2, 5)))
    with pytest.raises(ValueError, match=r"query \(3, 5\), key \(2, 5\), value \(3, 5\)"):
        HeadMaps(three, two, three, "")


# --- cosine and lean --------------------------------------------------------------------------------------------------


def test_cosine() -> None:
    assert cosine([1, 0], [0, 5]) == 0
    assert cosine([1, 2], [-2, -4]) == pytest.approx(-1)
    assert cosine([[1, 0], [0, 1]], [3, 4]) == pytest.approx([0.6, 0.8])
    assert cosine([0, 0], [3, 4]) == 0


def test_lean_at_the_poles_and_between() -> None:
    a, b = random_rows(4, 3, 6), random_rows(5, 2, 6)
    middle = (a.mean(axis=0) + b.mean(axis=0)) / 2
    assert lean([a.mean(axis=0), b.mean(axis=0), middle], a, b) == pytest.approx([1, -1, 0])
    assert lean(a.mean(axis=0), b, a) == pytest.approx(-1)


def test_lean_is_measured_along_the_line_only() -> None:
    a, b, x = random_rows(6, 1, 6), random_rows(7, 1, 6), random_rows(8, 6)
    sideways = random_rows(9, 6)
    sideways -= (a - b)[0] * (sideways @ (a - b)[0]) / ((a - b) ** 2).sum()
    assert lean(x + 10 * sideways, a, b) == pytest.approx(lean(x, a, b))


@settings(deadline=None)
@given(st.integers(0, 1_000), st.integers(1, 7), st.integers(2, 6))
def test_the_lean_of_an_output_is_the_weighted_sum_of_leans(seed: int, count: int, width: int) -> None:
    x, a, b = random_rows(seed, count, width), random_rows(seed + 1, 3, width), random_rows(seed + 2, 2, width)
    rows = torch.from_numpy(x)
    output, weights = scaled_dot_product_attention(rows, rows, rows, return_weights=True)
    assert lean(output.numpy(), a, b) == pytest.approx(weights.numpy() @ lean(x, a, b), abs=1e-9)


def test_the_identity_needs_weights_that_sum_to_one() -> None:
    x, a, b = random_rows(1, 4, 5), random_rows(2, 3, 5), random_rows(3, 2, 5)
    weights = np.full((4, 4), 0.3)
    assert not np.allclose(lean(weights @ x, a, b), weights @ lean(x, a, b))


def test_poles_that_are_none() -> None:
    with pytest.raises(ValueError, match="same point"):
        lean([1.0, 2.0], [[3.0, 4.0]], [[3.0, 4.0]])
    with pytest.raises(ValueError, match="2, 3 and 2"):
        lean([1.0, 2.0], [[3.0, 4.0, 5.0]], [[3.0, 4.0]])
    with pytest.raises(ValueError, match="got 0 and 1"):
        lean([1.0, 2.0], np.zeros((0, 2)), [[3.0, 4.0]])


# --- the measures of a space, whose home is attnlab.embedding.spaces --------------------------------------------------


def test_the_measures_can_be_imported_from_here() -> None:
    for name in embedding.__all__:
        assert hasattr(embedding, name), name
    for name in spaces.__all__:
        assert getattr(embedding, name) is getattr(spaces, name)


def test_a_one_hot_row_times_the_table_is_a_lookup() -> None:
    words = load_word_vectors()
    ids = [words.index[word] for word in ("pear", "apple", "pear")]
    assert (one_hot(ids, len(words)) @ words.vectors == words["pear", "apple", "pear"]).all()

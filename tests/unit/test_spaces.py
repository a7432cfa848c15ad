"""Neighbors, analogies, axes, PCA and Procrustes: by hand, by definition, and against scikit-learn and SciPy."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.linalg import orthogonal_procrustes
from scipy.stats import ortho_group
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

from attnlab.embedding import WordVectors, load_word_vectors
from attnlab.embedding.spaces import (
    analogy,
    axis_from_pairs,
    coordinates_along,
    cosine,
    nearest_neighbors,
    pca_projection,
    procrustes_alignment,
)

Floats = NDArray[np.float64]

V, Q, D, K = 23, 7, 5, 4  # all different, so that no axis can be taken for another


def random_rows(seed: int, *shape: int) -> Floats:
    return np.random.default_rng(seed).normal(size=shape)


def table(**vectors: list[float]) -> WordVectors:
    rows = np.array(list(vectors.values()), dtype=np.float32)
    return WordVectors(tuple(vectors), rows, scales=None, words=len(vectors))


# --- neighbors --------------------------------------------------------------------------------------------------------


def assert_finds_neighbors(find: Callable[..., tuple[NDArray[np.int64], Floats]]) -> None:
    rows = random_rows(1, V, D) * np.geomspace(0.01, 100, V)[:, None] + 0.3  # lengths that differ: the angle counts
    points = random_rows(2, Q, D) * 3
    found, cosines = find(rows, points, K)
    trusted = NearestNeighbors(n_neighbors=K, metric="cosine", algorithm="brute").fit(rows)
    distances, wanted = trusted.kneighbors(points)
    assert found.shape == (Q, K)
    assert (found == wanted).all()
    assert cosines == pytest.approx(1 - distances)
    assert cosines == pytest.approx(cosine(rows[found], points[:, None]))


def test_neighbors_are_those_of_sklearn() -> None:
    assert_finds_neighbors(nearest_neighbors)


def neighbors_by(score: Callable[[Floats, Floats], Floats]) -> Callable[..., tuple[NDArray[np.int64], Floats]]:
    def find(rows: Floats, points: Floats, k: int) -> tuple[NDArray[np.int64], Floats]:
        scores = score(points, rows)
        order = np.argsort(-scores, axis=-1, kind="stable")[..., :k]
        return order, np.take_along_axis(scores, order, axis=-1)

    return find


def lengths(vectors: Floats) -> Floats:
    return np.linalg.norm(vectors, axis=-1)


def test_the_written_out_search_is_right_without_a_mistake() -> None:
    assert_finds_neighbors(neighbors_by(lambda q, v: q @ v.T / lengths(q)[:, None] / lengths(v)))


@pytest.mark.parametrize(
    "score",
    [
        lambda q, v: q @ v.T,
        lambda q, v: q @ v.T / lengths(q)[:, None],
        lambda q, v: -(q @ v.T) / lengths(q)[:, None] / lengths(v),
        lambda q, v: -((q[:, None] - v) ** 2).sum(-1),
    ],
    ids=["inner product", "only one length", "the farthest", "distance"],
)
def test_another_measure_is_noticed(score: Callable[[Floats, Floats], Floats]) -> None:
    with pytest.raises(AssertionError):
        assert_finds_neighbors(neighbors_by(score))


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 1000), st.lists(st.integers(1, 3), max_size=2), st.integers(1, 5), st.sets(st.integers(0, 8)))
def test_neighbors_of_any_number_of_vectors(seed: int, leading: list[int], k: int, exclude: set[int]) -> None:
    rows, points = random_rows(seed, 9, 3), random_rows(seed + 1, *leading, 3)
    k = min(k, max(1, 9 - len(exclude)))
    if len(exclude) == 9:
        with pytest.raises(ValueError, match="k must be from 1 to 0, got 1"):
            nearest_neighbors(rows, points, k, exclude=exclude)
        return
    found, cosines = nearest_neighbors(rows, points, k, exclude=exclude)
    assert found.shape == cosines.shape == (*leading, k)
    assert not exclude.intersection(found.ravel().tolist())
    assert (np.diff(cosines, axis=-1) <= 0).all()
    again, _ = nearest_neighbors(rows * 7, points / 3, k, exclude=exclude)
    assert (again == found).all()


def test_of_equal_neighbors_the_first_comes_first() -> None:
    rows, cosines = nearest_neighbors([[0, 1], [2, 0], [0, 0], [1, 0]], [5, 0], 4)
    assert rows.tolist() == [1, 3, 0, 2]
    assert cosines.tolist() == [1, 1, 0, 0]


def test_neighbors_in_the_shipped_table() -> None:
    words = load_word_vectors()
    rows, cosines = nearest_neighbors(words.vectors[: words.words], words["banana"], 4)
    wanted = [("banana", 1.0), *words.nearest("banana", 3)]
    assert [words.tokens[row] for row in rows] == [word for word, _ in wanted]
    assert cosines == pytest.approx([score for _, score in wanted], abs=1e-6)


# --- analogies --------------------------------------------------------------------------------------------------------

KNOWN = [
    ("man", "king", "woman", "queen"),
    ("france", "paris", "germany", "berlin"),
    ("england", "london", "france", "paris"),
    ("cat", "cats", "dog", "dogs"),
    ("boy", "girl", "brother", "sister"),
    ("big", "bigger", "small", "smaller"),
]


@pytest.mark.parametrize(("a", "b", "c", "answer"), KNOWN)
def test_analogies_in_the_shipped_table(a: str, b: str, c: str, answer: str) -> None:
    found = analogy(load_word_vectors(), a, b, c, k=5)
    assert found[0][0] == answer
    assert not {a, b, c}.intersection(word for word, _ in found)
    assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)


def test_an_analogy_on_paper() -> None:
    """Of length 1: b - a + c = (0, 1) - (1, 0) + (1, 0) = (0, 1), though the vectors are long and short."""
    words = table(a=[10, 0, 0], b=[0, 0.1, 0], c=[3, 0, 0], far=[0, -1, 0], near=[0, 5, 5], also=[1, 0, 9])
    assert analogy(words, "a", "b", "c", k=2) == [("near", pytest.approx(0.5**0.5)), ("also", 0)]
    assert words.nearest([0, 1, 0], 1)[0][0] == "b"  # what the rule about inputs leaves out


def test_only_whole_words_are_answers() -> None:
    words = WordVectors(("a", "b", "c", "##d"), random_rows(3, 4, D).astype(np.float32), scales=None, words=3)
    with pytest.raises(ValueError, match="k must be from 1 to 1, got 2"):
        analogy(words, "a", "b", "##d", k=2)
    assert analogy(words, "a", "b", "##d", k=1)[0][0] == "c"


def test_analogies_that_cannot_be() -> None:
    words = load_word_vectors()
    with pytest.raises(KeyError, match=r"'kking' is not among the \d+ tokens"):
        analogy(words, "man", "kking", "woman")
    with pytest.raises(ValueError, match="k must be from 1 to 7997, got 0"):
        analogy(words, "man", "king", "woman", k=0)
    with pytest.raises(ValueError, match="is zero"):
        analogy(table(a=[2, 0], b=[1, 0], c=[0, 0]), "a", "b", "c", k=1)


# --- axes -------------------------------------------------------------------------------------------------------------


def test_an_axis_on_paper() -> None:
    """Differences (0, 2) and (6, 6): mean (3, 4), of length 5."""
    words = table(a=[1, 1], b=[1, 3], c=[0, 0], d=[6, 6])
    axis = axis_from_pairs(words, [("a", "b"), ("c", "d")])
    assert axis == pytest.approx([0.6, 0.8])
    assert axis_from_pairs(words, [("b", "a"), ("d", "c")]) == pytest.approx(-axis)
    assert coordinates_along(words["d", "b"], axis) == pytest.approx([8.4, 3.0])
    assert coordinates_along(words["d"], 10 * axis) == pytest.approx(8.4)
    assert coordinates_along(np.zeros((3, 0, 2)), axis).shape == (3, 0)


def test_axes_mean_something() -> None:
    words = load_word_vectors()
    size = axis_from_pairs(words, [("small", "large"), ("little", "big"), ("tiny", "huge")])
    assert np.linalg.norm(size) == pytest.approx(1)
    animals = coordinates_along(words["mouse", "dog", "horse", "elephant", "whale"], size)
    assert animals.tolist() == sorted(animals.tolist())


def test_axes_that_cannot_be() -> None:
    words = table(a=[1, 1], b=[1, 3])
    with pytest.raises(ValueError, match="at least 1 pair of words, got 0"):
        axis_from_pairs(words, [])
    with pytest.raises(TypeError, match="pair 1 must be two words, got 'ab'"):
        axis_from_pairs(words, [("a", "b"), "ab"])
    with pytest.raises(TypeError, match=r"pair 0 must be two words, got \('a',\)"):
        axis_from_pairs(words, [("a",)])
    with pytest.raises(ValueError, match="the 2 pairs cancel"):
        axis_from_pairs(words, [("a", "b"), ("b", "a")])
    with pytest.raises(KeyError, match="'c' is not among the 2 tokens"):
        axis_from_pairs(words, [("a", "c")])
    with pytest.raises(ValueError, match=r"\(4, 3\) but an axis of shape \(2,\)"):
        coordinates_along(np.zeros((4, 3)), [1, 0])
    with pytest.raises(ValueError, match=r"an axis of shape \(1, 2\)"):
        coordinates_along([3, 4], [[1, 0]])
    with pytest.raises(ValueError, match="the axis is 2 zeros"):
        coordinates_along([3, 4], [0, 0])


# --- PCA --------------------------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 1000), st.integers(2, 12), st.integers(1, 7), st.data())
def test_pca_is_that_of_sklearn(seed: int, count: int, width: int, data: st.DataObject) -> None:
    n = data.draw(st.integers(1, min(count, width)))
    rows = random_rows(seed, count, width) * np.geomspace(5, 1, width) + 3
    new = random_rows(seed + 1, 4, 2, width)
    projection = pca_projection(rows, n)
    trusted = PCA(n, svd_solver="full").fit(rows)
    shown = min(n, count - 1)  # more points than these span no further direction
    signs = np.sign((projection.axes * trusted.components_).sum(axis=1))
    assert projection.axes[:shown] == pytest.approx((trusted.components_ * signs[:, None])[:shown], abs=1e-6)
    assert projection(new)[..., :shown] == pytest.approx(
        (trusted.transform(new.reshape(8, width)) * signs).reshape(4, 2, n)[..., :shown], abs=1e-6
    )
    assert projection.explained_variance == pytest.approx(trusted.explained_variance_, abs=1e-9)
    assert projection.explained_variance_ratio == pytest.approx(trusted.explained_variance_ratio_, abs=1e-9)
    assert projection.axes @ projection.axes.T == pytest.approx(np.eye(n), abs=1e-9)
    assert projection(rows).mean(axis=0) == pytest.approx(np.zeros(n), abs=1e-9)
    assert (projection.axes[np.arange(n), np.abs(projection.axes).argmax(axis=1)] > 0).all()


def test_pca_restores_what_it_kept() -> None:
    rows = random_rows(5, 12, 3) @ random_rows(6, 3, D) + 2
    projection = pca_projection(rows, 3)
    assert projection.restore(projection(rows)) == pytest.approx(rows)
    assert projection.explained_variance_ratio.sum() == pytest.approx(1)


def test_the_picture_does_not_flip() -> None:
    """The order of the points, or another routine's choice of sign, is of no consequence."""
    rows = random_rows(7, 30, D) * [5, 4, 3, 2, 1]
    first, second = pca_projection(rows, 3), pca_projection(rows[::-1], 3)
    assert second(rows) == pytest.approx(first(rows))


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda: pca_projection(np.ones((4, 3)), 2), "all 4 vectors are the same point"),
        (lambda: pca_projection([[1.0, 2.0]], 1), "all 1 vectors are the same point"),
        (lambda: pca_projection(random_rows(1, 4, 3), 4), r"from 1 to 3 for vectors of shape \(4, 3\), got 4"),
        (lambda: pca_projection(random_rows(1, 4, 3), 0), "from 1 to 3 .* got 0"),
        (lambda: pca_projection([1.0, 2.0]), r"at least 1 row and 1 column, got shape \(2,\)"),
        (lambda: pca_projection(np.zeros((0, 3))), r"got shape \(0, 3\)"),
        (lambda: pca_projection([[1.0, np.nan], [2.0, 1.0]], 1), "1 of the 2 rows of vectors hold NaN"),
        (lambda: pca_projection(random_rows(1, 4, 3))([1, 2]), r"width 3, got shape \(2,\)"),
        (lambda: pca_projection(random_rows(1, 4, 3)).restore([1, 2, 3]), r"2 axes, got coordinates of shape \(3,\)"),
        (lambda: nearest_neighbors(random_rows(1, 4, 3), [1, 2], 1), r"width 3, but vectors has shape \(2,\)"),
        (lambda: nearest_neighbors(random_rows(1, 4, 3), 1.0, 1), r"width 3, but vectors has shape \(\)"),
        (lambda: nearest_neighbors([1, 2], [1, 2], 1), r"table must be a matrix .* got shape \(2,\)"),
        (lambda: nearest_neighbors([[1, 2]], [1, np.inf], 1), "1 of the 2 numbers of vectors are not finite"),
        (lambda: nearest_neighbors([[1, 2]], [1, 2], 2), "k must be from 1 to 1, got 2"),
        (lambda: nearest_neighbors([[1, 2]], [1, 2], 1, exclude=[1]), "excluded row 1 is not from 0 to 0"),
        (lambda: nearest_neighbors([[1, 2]], [1, 2], 1, exclude=[-1]), "excluded row -1 is not from 0 to 0"),
        (lambda: procrustes_alignment(random_rows(1, 4, 3), random_rows(2, 5, 3)), "4 source vectors but 5 target"),
        (lambda: procrustes_alignment(random_rows(1, 4, 3), random_rows(2, 4, 2)), "width 3 but .* width 2"),
        (lambda: procrustes_alignment([], []), r"source must be a matrix .* got shape \(0,\)"),
        (lambda: procrustes_alignment([[1, 2]], [[np.nan, 2]]), "1 of the 1 rows of target hold NaN"),
    ],
)
def test_errors(ask: Callable[[], object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ask()


# --- Procrustes -------------------------------------------------------------------------------------------------------


def assert_aligns(align: Callable[..., Floats]) -> None:
    """Any noisy orthogonal map is found as SciPy finds it, and a rotation only when asked."""
    for seed in range(6):
        source = random_rows(seed, V, D)
        true = ortho_group.rvs(D, random_state=seed)
        true[:, 0] *= np.sign(np.linalg.det(true)) * (-1) ** seed  # mirrors in every second case
        target = source @ true + 0.1 * random_rows(seed + 50, V, D)
        turn = align(source, target)
        assert turn == pytest.approx(orthogonal_procrustes(source, target)[0])
        assert turn == pytest.approx(true, abs=0.2)
        rotation = align(source, target, allow_reflection=False)
        assert rotation @ rotation.T == pytest.approx(np.eye(D))
        assert np.linalg.det(rotation) == pytest.approx(1)
        if seed % 2 == 0:
            assert rotation == pytest.approx(turn)
        assert_no_better_rotation(source, target, rotation, seed)


def assert_no_better_rotation(source: Floats, target: Floats, rotation: Floats, seed: int) -> None:
    """A small turn in any plane makes the distances larger."""
    least = ((source @ rotation - target) ** 2).sum()
    for first in range(D):
        for second in range(first):
            for angle in (-0.05, 0.05):
                turn = np.eye(D)
                turn[[first, second], [first, second]] = np.cos(angle)
                turn[first, second], turn[second, first] = np.sin(angle), -np.sin(angle)
                for tried in (rotation @ turn, turn @ rotation):
                    assert ((source @ tried - target) ** 2).sum() > least - 1e-9, seed


def test_procrustes() -> None:
    assert_aligns(procrustes_alignment)


def mutant(
    product: Callable[[Floats, Floats], Floats] = lambda a, b: a.T @ b,
    combine: Callable[[Floats, Floats, Floats], Floats] = lambda left, scales, right: left @ right,
    mirrored: int | None = -1,
) -> Callable[..., Floats]:
    def align(source: Floats, target: Floats, *, allow_reflection: bool = True) -> Floats:
        left, scales, right = np.linalg.svd(product(source, target))
        if not allow_reflection and mirrored is not None and np.linalg.det(left @ right) < 0:
            left[:, mirrored] *= -1
        return combine(left, scales, right)

    return align


MUTANTS = {
    "the map back": mutant(combine=lambda left, scales, right: (left @ right).T),
    "source and target swapped": mutant(product=lambda a, b: b.T @ a),
    "stretched as well": mutant(combine=lambda left, scales, right: left * (scales / scales.mean()) @ right),
    "right factor not transposed": mutant(combine=lambda left, scales, right: left @ right.T),
    "centered though not asked": mutant(product=lambda a, b: (a - a.mean(0)).T @ (b - b.mean(0))),
    "mirrors though not allowed": mutant(mirrored=None),
    "mirrors the direction that matters most": mutant(mirrored=0),
    "least squares": lambda a, b, **_: np.linalg.lstsq(a, b, rcond=None)[0],
}


def test_the_written_out_alignment_is_right_without_a_mistake() -> None:
    assert_aligns(mutant())


@pytest.mark.parametrize("name", MUTANTS)
def test_every_planted_mistake_is_caught(name: str) -> None:
    with pytest.raises(AssertionError):
        assert_aligns(MUTANTS[name])


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 1000), st.integers(1, 5), st.integers(1, 8))
def test_an_alignment_changes_no_length_and_no_angle(seed: int, width: int, count: int) -> None:
    turn = procrustes_alignment(random_rows(seed, count, width), random_rows(seed + 1, count, width))
    rows = random_rows(seed + 2, 6, width)
    assert (rows @ turn) @ (rows @ turn).T == pytest.approx(rows @ rows.T, abs=1e-9)


def test_real_vectors_turned_away_are_turned_back() -> None:
    """A map learned from 400 words brings back those that it never saw."""
    words = load_word_vectors()
    rows = words.vectors[: words.words].astype(np.float64)
    other = rows @ ortho_group.rvs(words.dim, random_state=8)
    turn = procrustes_alignment(rows[:400], other[:400])
    found, _ = nearest_neighbors(other, rows[5000:5200] @ turn, 1)
    assert found[:, 0].tolist() == list(range(5000, 5200))
    before, _ = nearest_neighbors(other, rows[5000:5200], 1)
    assert (before[:, 0] != np.arange(5000, 5200)).all()


# --- planted mistakes of PCA ------------------------------------------------------------------------------------------


def assert_projects(fit: Callable[[Floats, int], Callable[[Floats], Floats]]) -> None:
    rows, new = random_rows(11, V, D) * [1, 5, 2, 4, 3] + 7, random_rows(12, Q, D)
    wanted = PCA(3, svd_solver="full").fit(rows).transform(new)
    assert np.abs(fit(rows, 3)(new)) == pytest.approx(np.abs(wanted))


def test_new_points_are_projected() -> None:
    assert_projects(pca_projection)


@pytest.mark.parametrize("mistake", ["not centered", "centered by the new points", "smallest first", "scaled"])
def test_another_projection_is_noticed(mistake: str) -> None:
    def fit(rows: Floats, n: int) -> Callable[[Floats], Floats]:
        mean = np.zeros(D) if mistake == "not centered" else rows.mean(axis=0)
        _, spreads, axes = np.linalg.svd(rows - mean, full_matrices=False)
        chosen = axes[::-1][:n] if mistake == "smallest first" else axes[:n]
        scale = spreads[:n] if mistake == "scaled" else 1
        return lambda new: (new - (new.mean(0) if mistake == "centered by the new points" else mean)) @ chosen.T / scale

    with pytest.raises(AssertionError):
        assert_projects(fit)

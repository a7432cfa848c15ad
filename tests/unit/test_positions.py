"""Positions: numbers worked out by hand, what each scheme promises, and mistakes that people make."""

import math
from collections.abc import Callable
from fractions import Fraction

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from attnlab.positions import (
    LearnedPositions,
    RotaryPositions,
    ShawRelativePositions,
    T5RelativeBias,
    adjacent_to_halves,
    alibi_bias,
    alibi_slopes,
    frequencies,
    relative_buckets,
    relative_positions,
    sinusoidal_positions,
)
from attnlab.positions.relative import check_count

# All different, so that no axis can be taken for another.
B, H, TQ, TK, DH, D = 2, 3, 4, 7, 6, 10


def randn(seed: int, *shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


# --- sinusoidal -------------------------------------------------------------------------------------------------------

Sinusoidal = Callable[[int, int], Tensor]


def assert_is_sinusoidal(sinusoidal: Sinusoidal) -> None:
    """Fails unless ``sinusoidal`` is the paper's, entry by entry."""
    for length, width in ((TK, D), (5, 2), (3, 8)):
        found = sinusoidal(length, width)
        assert found.shape == (length, width)
        for position in range(length):
            for pair in range(width // 2):
                angle = position / 10000 ** (2 * pair / width)
                assert abs(float(found[position, 2 * pair]) - math.sin(angle)) < 1e-12
                assert abs(float(found[position, 2 * pair + 1]) - math.cos(angle)) < 1e-12


def test_the_package_has_the_sinusoids_of_the_paper() -> None:
    assert_is_sinusoidal(lambda length, width: sinusoidal_positions(length, width, dtype=torch.float64))


def sinusoidal_mutant(
    *,
    first: Callable[[Tensor], Tensor] = torch.sin,
    second: Callable[[Tensor], Tensor] = torch.cos,
    base: float = 10000.0,
    start: int = 0,
    pairs_count_twice: bool = True,
    by_position: bool = False,
    concatenated: bool = False,
) -> Sinusoidal:
    """The sinusoids written out once more, with a knob for each mistake."""

    def sinusoidal(length: int, width: int) -> Tensor:
        positions = torch.arange(start, start + length, dtype=torch.float64)[:, None]
        pair = torch.arange(width // 2, dtype=torch.float64)
        angles = positions / base ** ((2 if pairs_count_twice else 1) * pair / width)
        if by_position:  # even positions get sines, odd ones cosines
            angles = angles.repeat_interleave(2, dim=-1)
            return torch.where(torch.arange(length)[:, None] % 2 == 0, first(angles), second(angles))
        if concatenated:
            return torch.cat([first(angles), second(angles)], dim=-1)
        return torch.stack([first(angles), second(angles)], dim=-1).flatten(-2)

    return sinusoidal


SINUSOIDAL_MUTANTS = {
    "sine and cosine swapped": sinusoidal_mutant(first=torch.cos, second=torch.sin),
    "2i read as the position's parity": sinusoidal_mutant(by_position=True),
    "base 1000": sinusoidal_mutant(base=1000.0),
    "positions from 1": sinusoidal_mutant(start=1),
    "i instead of 2i in the exponent": sinusoidal_mutant(pairs_count_twice=False),
    "all sines, then all cosines": sinusoidal_mutant(concatenated=True),
    "cosine negative": sinusoidal_mutant(second=lambda angle: -angle.cos()),
}


def test_the_written_out_sinusoids_are_right_without_a_mistake() -> None:
    assert_is_sinusoidal(sinusoidal_mutant())


@pytest.mark.parametrize("name", SINUSOIDAL_MUTANTS)
def test_every_mistake_in_the_sinusoids_is_caught(name: str) -> None:
    with pytest.raises(AssertionError):
        assert_is_sinusoidal(SINUSOIDAL_MUTANTS[name])


def turn_pairs(vectors: Tensor, angles: Tensor) -> Tensor:
    """Each adjacent pair multiplied by its rotation matrix."""
    cos, sin = angles.cos(), angles.sin()
    matrices = torch.stack([torch.stack([cos, -sin], -1), torch.stack([sin, cos], -1)], -2)  # (D / 2, 2, 2)
    return (matrices @ vectors.unflatten(-1, (-1, 2)).unsqueeze(-1)).squeeze(-1).flatten(-2)


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 20), st.integers(1, 30), st.integers(0, 15))
def test_a_shift_of_all_sinusoids_is_a_rotation(pairs: int, length: int, shift: int) -> None:
    """As (sin, cos) = (first, second), a step of ``shift`` turns each pair back by ``shift`` times its frequency."""
    table = sinusoidal_positions(length + shift, 2 * pairs, dtype=torch.float64)
    turned = turn_pairs(table[:length], -shift * frequencies(2 * pairs))
    assert torch.allclose(turned, table[shift:], atol=1e-12)
    # So all vectors are equally long, and an inner product depends on the distance alone.
    assert torch.allclose(table.square().sum(-1), torch.tensor(float(pairs), dtype=torch.float64))
    products = table @ table.T
    assert torch.allclose(products[:length, :length], products[shift:, shift:], atol=1e-10)


def test_sinusoids_are_as_exact_as_their_dtype() -> None:
    assert sinusoidal_positions(3, 4).dtype == torch.get_default_dtype()
    far = sinusoidal_positions(100_001, 6, dtype=torch.float32)[-1]
    assert abs(float(far[0]) - math.sin(100_000)) < 1e-7  # angles in float32 are off by 4e-3 there
    assert sinusoidal_positions(0, 4).shape == (0, 4)
    assert torch.allclose(sinusoidal_positions(2, 4, base=100.0)[1, 2], torch.tensor(0.1).sin())


# --- learned ----------------------------------------------------------------------------------------------------------


def test_learned_positions_are_looked_up() -> None:
    learned = LearnedPositions(5, 3, generator=torch.Generator().manual_seed(1))
    positions = torch.tensor([[4, 0], [0, 2]], dtype=torch.int32)
    assert torch.equal(learned(positions), torch.stack([learned.weight[[4, 0]], learned.weight[[0, 2]]]))
    assert torch.equal(learned(positions.byte()), learned(positions))
    learned(positions).sum().backward()
    assert learned.weight.grad is not None
    assert learned.weight.grad[:, 0].tolist() == [2, 0, 1, 0, 1]
    again = LearnedPositions(5, 3, generator=torch.Generator().manual_seed(1))
    assert torch.equal(again.weight, learned.weight)


# --- distances --------------------------------------------------------------------------------------------------------


def test_distances_are_key_minus_query_and_the_queries_are_the_last() -> None:
    found = relative_positions(TQ, TK)
    assert found.tolist() == [[key - (query + TK - TQ) for key in range(TK)] for query in range(TQ)]
    assert torch.equal(relative_positions(TK, TK)[-TQ:], found)
    assert relative_positions(0, 3).shape == (0, 3)


# --- Shaw -------------------------------------------------------------------------------------------------------------

Rows = Callable[[int, int], int]  # the row of the tables for query position i and key position j
K = 2


def right_row(i: int, j: int) -> int:
    return max(-K, min(K, j - i)) + K


def shaw_by_loop(row: Rows, shaw: ShawRelativePositions, q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
    """Equations 3 and 4 of the paper, one number at a time: the weights and the output."""
    weights, output = torch.zeros(B, H, TQ, TK).double(), torch.zeros(B, H, TQ, DH).double()
    for b in range(B):
        for h in range(H):
            for i in range(TQ):
                rows = [row(i + TK - TQ, j) for j in range(TK)]
                scores = [q[b, h, i] @ (k[b, h, j] + shaw.keys[rows[j]]) / math.sqrt(DH) for j in range(TK)]
                weights[b, h, i] = torch.stack(scores).softmax(0)
                for j in range(TK):
                    output[b, h, i] += weights[b, h, i, j] * (v[b, h, j] + shaw.values[rows[j]])
    return weights, output


def assert_is_shaw(row: Rows) -> None:
    """Fails unless the package and the loop over ``row`` agree."""
    shaw = ShawRelativePositions(K, DH, generator=torch.Generator().manual_seed(2)).double()
    q, k, v = randn(3, B, H, TQ, DH), randn(4, B, H, TK, DH), randn(5, B, H, TK, DH)
    with torch.no_grad():
        weights = (q @ k.transpose(-2, -1) / math.sqrt(DH) + shaw.key_bias(q, TK)).softmax(-1)
        output = weights @ v + shaw.value_part(weights)
        wanted_weights, wanted = shaw_by_loop(row, shaw, q, k, v)
    assert torch.allclose(weights, wanted_weights, atol=1e-12)
    assert torch.allclose(output, wanted, atol=1e-12)


def test_shaw_is_the_loop_over_the_papers_equations() -> None:
    assert_is_shaw(right_row)


SHAW_MUTANTS: dict[str, Rows] = {
    "query minus key": lambda i, j: right_row(j, i),
    "clipped one too early": lambda i, j: max(1 - K, min(K - 1, j - i)) + K,
    "not clipped but wrapped": lambda i, j: (j - i + K) % (2 * K + 1),
    "off by one": lambda i, j: right_row(i, j + 1),
    "queries first": lambda i, j: right_row(i - TK + TQ, j),
}


@pytest.mark.parametrize("name", SHAW_MUTANTS)
def test_every_mistake_in_shaws_rows_is_caught(name: str) -> None:
    with pytest.raises(AssertionError):
        assert_is_shaw(SHAW_MUTANTS[name])


def test_shaws_scale_and_gradients() -> None:
    shaw = ShawRelativePositions(1, 3, generator=torch.Generator().manual_seed(6)).double()
    query = randn(7, 2, 4, 3).requires_grad_()
    weights = randn(8, 2, 4, 5).softmax(-1).requires_grad_()
    assert torch.allclose(shaw.key_bias(query, 5, scale=1.0) / math.sqrt(3), shaw.key_bias(query, 5))
    # A parameter is shared by the function, so gradcheck sees it as well.
    parameters = (shaw.keys, shaw.values)
    assert torch.autograd.gradcheck(
        lambda q, w, *_: (shaw.key_bias(q, 5), shaw.value_part(w)), (query, weights, *parameters)
    )


# --- T5 ---------------------------------------------------------------------------------------------------------------


def bucket_by_integers(distance: int, bidirectional: bool, n_buckets: int, max_distance: int) -> int:
    """The bucket without logarithms: ``log(d/e) / log(m/e) * w >= s`` is ``(d/e)**w >= (m/e)**s``, in fractions."""
    each = n_buckets // 2 if bidirectional else n_buckets
    first = each if bidirectional and distance > 0 else 0
    far = abs(distance) if bidirectional else max(0, -distance)
    exact = each // 2
    if far < exact:
        return first + far
    wide = each - exact
    steps = 0
    while Fraction(far, exact) ** wide >= Fraction(max_distance, exact) ** (steps + 1) and steps + 1 < wide:
        steps += 1
    return first + exact + steps


Buckets = Callable[..., Tensor]
BUCKET_SIZES = [(True, 32, 128), (False, 32, 128), (True, 10, 23), (False, 7, 50), (True, 4, 3), (False, 2, 9)]


def assert_are_t5_buckets(buckets: Buckets) -> None:
    distances = torch.arange(-300, 301)
    for bidirectional, n_buckets, max_distance in BUCKET_SIZES:
        found = buckets(distances, bidirectional=bidirectional, n_buckets=n_buckets, max_distance=max_distance)
        wanted = [bucket_by_integers(int(d), bidirectional, n_buckets, max_distance) for d in distances]
        assert found.tolist() == wanted, (bidirectional, n_buckets, max_distance)


def test_the_buckets_are_those_of_exact_arithmetic() -> None:
    assert_are_t5_buckets(relative_buckets)


def bucket_mutant(
    *,
    sign: int = 1,
    far_ratio: Callable[[int, int], float] = lambda most, exact: most / exact,
    near: int = 0,
    half_right: bool = True,
) -> Buckets:
    """T5's buckets written out once more, with a knob for each mistake."""

    def buckets(distances: Tensor, *, bidirectional: bool, n_buckets: int, max_distance: int) -> Tensor:
        distances = distances * sign
        first: Tensor | int = 0
        if bidirectional and half_right:
            n_buckets //= 2
            first = (distances > 0).long() * n_buckets
        far = distances.abs() if bidirectional else (-distances).clamp(min=0)
        exact = n_buckets // 2
        share = (far.clamp(min=1).double() / exact).log() / math.log(far_ratio(max_distance, exact))
        wide = (exact + share * (n_buckets - exact) + 1e-9).long().clamp(max=n_buckets - 1)
        return first + torch.where(far < exact + near, far, wide)

    return buckets


BUCKET_MUTANTS = {
    "log of max_distance alone": bucket_mutant(far_ratio=lambda most, exact: float(most)),
    "log base 2": bucket_mutant(far_ratio=lambda most, exact: 2.0),
    "log base 10": bucket_mutant(far_ratio=lambda most, exact: 10.0),
    "query minus key": bucket_mutant(sign=-1),
    "two exact buckets too many": bucket_mutant(near=2),
    "one exact bucket too few": bucket_mutant(near=-1),
    "directions not told apart": bucket_mutant(half_right=False),
}


def test_the_written_out_buckets_are_right_without_a_mistake() -> None:
    assert_are_t5_buckets(bucket_mutant())


@pytest.mark.parametrize("name", BUCKET_MUTANTS)
def test_every_mistake_in_the_buckets_is_caught(name: str) -> None:
    with pytest.raises(AssertionError):
        assert_are_t5_buckets(BUCKET_MUTANTS[name])


def test_t5s_bias_is_the_number_of_the_bucket() -> None:
    bias = T5RelativeBias(H, n_buckets=8, max_distance=5, generator=torch.Generator().manual_seed(9))
    found = bias(TQ, TK)
    assert found.shape == (1, H, TQ, TK)
    for i in range(TQ):
        for j in range(TK):
            bucket = bucket_by_integers(j - (i + TK - TQ), True, 8, 5)
            assert torch.equal(found[0, :, i, j], bias.weight[bucket])
    found.sum().backward()
    assert bias.weight.grad is not None
    assert float(bias.weight.grad.sum()) == H * TQ * TK


# --- rotary -----------------------------------------------------------------------------------------------------------

Rotary = Callable[[Tensor, Tensor], Tensor]


def assert_is_rotary(rotary: Rotary, pairing: str) -> None:
    """Fails unless each pair, taken as a complex number, is multiplied by ``exp(1j * position * frequency)``."""
    x, positions = randn(10, B, H, TK, DH), torch.tensor([5, 0, 1, 2, 9, 9, 4000])
    found = rotary(x, positions)
    half = DH // 2
    for i in range(half):
        a, b = (2 * i, 2 * i + 1) if pairing == "adjacent" else (i, i + half)
        for t, position in enumerate(positions.tolist()):
            angle = position * 10000 ** (-2 * i / DH)
            turned = torch.complex(x[..., t, a], x[..., t, b]) * complex(math.cos(angle), math.sin(angle))
            assert torch.allclose(found[..., t, a], turned.real, atol=1e-10)
            assert torch.allclose(found[..., t, b], turned.imag, atol=1e-10)


@pytest.mark.parametrize("pairing", ["adjacent", "halves"])
def test_each_pair_turns_by_its_angle(pairing: str) -> None:
    assert_is_rotary(RotaryPositions(DH, pairing=pairing), pairing)


def rotary_mutant(
    *,
    pairing: str = "adjacent",
    base: float = 10000.0,
    shift: int = 0,
    direction: int = 1,
    swapped: bool = False,
    mirrored: bool = False,
    pairs_count_twice: bool = True,
) -> Rotary:
    """Rotary positions written out once more, with a knob for each mistake."""

    def rotary(x: Tensor, positions: Tensor) -> Tensor:
        half = x.shape[-1] // 2
        pair = torch.arange(half).double()
        frequency = base ** (-(2 if pairs_count_twice else 1) * pair / x.shape[-1])
        angles = direction * (positions + shift)[:, None] * frequency
        cos, sin = (angles.sin(), angles.cos()) if swapped else (angles.cos(), angles.sin())
        index = (
            torch.arange(2 * half).view(half, 2).T if pairing == "adjacent" else torch.arange(2 * half).view(2, half)
        )
        first, second = x[..., index[0]], x[..., index[1]]
        out = torch.empty_like(x)
        out[..., index[0]] = first * cos - second * sin * (-1 if mirrored else 1)
        out[..., index[1]] = first * sin + second * cos
        return out

    return rotary


ROTARY_MUTANTS = {
    "sine and cosine swapped": rotary_mutant(swapped=True),
    "base 1000": rotary_mutant(base=1000.0),
    "positions from 1": rotary_mutant(shift=1),
    "pairs of the other convention": rotary_mutant(pairing="halves"),
    "turned backward": rotary_mutant(direction=-1),
    "one sign lost": rotary_mutant(mirrored=True),
    "i instead of 2i in the exponent": rotary_mutant(pairs_count_twice=False),
}


def test_the_written_out_rotary_is_right_without_a_mistake() -> None:
    assert_is_rotary(rotary_mutant(), "adjacent")
    assert_is_rotary(rotary_mutant(pairing="halves"), "halves")


@pytest.mark.parametrize("name", ROTARY_MUTANTS)
def test_every_mistake_in_rotary_is_caught(name: str) -> None:
    with pytest.raises(AssertionError):
        assert_is_rotary(ROTARY_MUTANTS[name], "adjacent")


pairings = st.sampled_from(["adjacent", "halves"])


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 10_000), st.integers(1, 9), st.integers(1, 6), st.integers(0, 500), pairings)
def test_lengths_stay_and_scores_depend_on_the_distance(
    seed: int, pairs: int, length: int, shift: int, pairing: str
) -> None:
    rotary = RotaryPositions(2 * pairs, pairing=pairing)
    query, key = randn(seed, 2, length, 2 * pairs), randn(seed + 1, 2, length, 2 * pairs)
    positions = torch.randperm(length, generator=torch.Generator().manual_seed(seed))
    turned = rotary(query, positions)
    assert torch.allclose(turned.norm(dim=-1), query.norm(dim=-1))
    scores = turned @ rotary(key, positions).transpose(-2, -1)
    moved = rotary(query, positions + shift) @ rotary(key, positions + shift).transpose(-2, -1)
    assert torch.allclose(scores, moved, atol=1e-9)
    assert torch.allclose(turned[:, positions == 0], query[:, positions == 0])


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000), st.integers(1, 12), st.integers(1, 5))
def test_one_pairing_becomes_the_other_by_reordering(seed: int, pairs: int, length: int) -> None:
    dim = 2 * pairs
    adjacent, halves = RotaryPositions(dim), RotaryPositions(dim, pairing="halves")
    order, x, positions = adjacent_to_halves(dim), randn(seed, 3, length, dim), torch.arange(length)
    assert torch.equal(halves(x[..., order], positions), adjacent(x, positions)[..., order])
    assert torch.equal(adjacent(x[..., order.argsort()], positions), halves(x, positions)[..., order.argsort()])
    # A trained model: the rows of W_Q and W_K reordered, the scores stay.
    w_q, w_k = randn(seed + 1, dim, 7), randn(seed + 2, dim, 7)
    tokens = randn(seed + 3, length, 7)

    def scores(rotary: RotaryPositions, w_q: Tensor, w_k: Tensor) -> Tensor:
        return rotary(tokens @ w_q.T, positions) @ rotary(tokens @ w_k.T, positions).T

    assert torch.allclose(scores(halves, w_q[order], w_k[order]), scores(adjacent, w_q, w_k), atol=1e-9)
    if pairs > 1 and length > 1:
        assert not torch.allclose(scores(halves, w_q, w_k), scores(adjacent, w_q, w_k), atol=1e-3)


@pytest.mark.parametrize("pairing", ["adjacent", "halves"])
def test_rotary_in_any_dtype_leaves_its_input_alone(pairing: str) -> None:
    rotary, positions = RotaryPositions(DH, pairing=pairing), torch.arange(TK)
    for dtype in (torch.float16, torch.bfloat16, torch.float32, torch.float64):
        x = randn(11, H, TK, DH).to(dtype)
        before = x.clone()
        found = rotary(x, positions)
        assert found.dtype == dtype
        assert torch.equal(x, before)
        assert torch.allclose(found.double(), rotary(x.double(), positions), atol=4 * torch.finfo(dtype).eps * 4)
    x = randn(12, 3, 4).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: RotaryPositions(4, pairing=pairing)(x, torch.arange(3)), x)
    assert rotary(torch.zeros(2, 0, DH), torch.arange(0)).shape == (2, 0, DH)


# --- ALiBi ------------------------------------------------------------------------------------------------------------

Alibi = Callable[[int, int, int], Tensor]


def assert_is_alibi(alibi: Alibi) -> None:
    for n_heads, tq, tk in ((1, 2, 3), (H, TQ, TK), (8, 5, 5), (12, 3, 4)):
        found = alibi(n_heads, tq, tk)
        assert found.shape == (1, n_heads, tq, tk)
        lower = max(2**n for n in range(6) if 2**n <= n_heads)
        for h in range(n_heads):
            exponent = 8 * (h + 1) / lower if h < lower else 8 * (2 * (h - lower) + 1) / (2 * lower)
            for i in range(tq):
                for j in range(tk):
                    wanted = -(2.0**-exponent) * abs(i + tk - tq - j)
                    assert abs(float(found[0, h, i, j]) - wanted) < 1e-12, (n_heads, h, i, j)


def test_the_package_has_alibi() -> None:
    assert_is_alibi(lambda *sizes: alibi_bias(*sizes, dtype=torch.float64))


def alibi_mutant(
    *, sign: float = -1.0, most: float = 8.0, first: int = 1, last: bool = True, geometric: bool = False
) -> Alibi:
    """ALiBi written out once more, with a knob for each mistake."""

    def alibi(n_heads: int, tq: int, tk: int) -> Tensor:
        lower = 2 ** math.floor(math.log2(n_heads))
        exponents = [most * (h + first) / lower for h in range(lower)]
        exponents += [most * (2 * h + first) / (2 * lower) for h in range(n_heads - lower)]
        if geometric:
            exponents = [most * (h + first) / n_heads for h in range(n_heads)]
        distance = (torch.arange(tk) - torch.arange(tq)[:, None] - (tk - tq if last else 0)).abs()
        return sign * 2.0 ** -torch.tensor(exponents).double().view(1, -1, 1, 1) * distance

    return alibi


ALIBI_MUTANTS = {
    "sign": alibi_mutant(sign=1.0),
    "slopes down to 2 ** -4": alibi_mutant(most=4.0),
    "slopes from 1": alibi_mutant(first=0),
    "queries first": alibi_mutant(last=False),
    "one geometric row for any number of heads": alibi_mutant(geometric=True),
}


def test_the_written_out_alibi_is_right_without_a_mistake() -> None:
    assert_is_alibi(alibi_mutant())


@pytest.mark.parametrize("name", ALIBI_MUTANTS)
def test_every_mistake_in_alibi_is_caught(name: str) -> None:
    with pytest.raises(AssertionError):
        assert_is_alibi(ALIBI_MUTANTS[name])


def test_the_slopes_of_the_paper() -> None:
    assert alibi_slopes(8).tolist() == [1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32, 1 / 64, 1 / 128, 1 / 256]
    assert torch.allclose(alibi_slopes(12)[8:], torch.tensor([2**-0.5, 2**-1.5, 2**-2.5, 2**-3.5]))


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 200))
def test_slopes_are_all_different_and_fall(n_heads: int) -> None:
    slopes = alibi_slopes(n_heads, dtype=torch.float64)
    assert slopes.shape == (n_heads,)
    assert ((slopes > 0) & (slopes < 1)).all()
    assert len(set(slopes.tolist())) == n_heads
    assert torch.equal(alibi_bias(n_heads, 3, 5)[:, :, -1, -1], torch.zeros(1, n_heads))


# --- errors quote the numbers -----------------------------------------------------------------------------------------

x = torch.zeros(2, 5, 6)


@pytest.mark.parametrize(
    ("error", "call", "words"),
    [
        (ValueError, lambda: sinusoidal_positions(4, 7), "d_model must be even, got 7"),
        (ValueError, lambda: sinusoidal_positions(-1, 8), "length must be at least 0, got -1"),
        (ValueError, lambda: sinusoidal_positions(4, 0), "d_model must be at least 1, got 0"),
        (TypeError, lambda: sinusoidal_positions(4.0, 8), "length must be an integer, got 4.0"),
        (TypeError, lambda: sinusoidal_positions(4, True), "d_model must be an integer, got True"),
        (ValueError, lambda: sinusoidal_positions(4, 8, base=0.0), "base must be .* got 0.0"),
        (ValueError, lambda: frequencies(5), "width must be even, got 5"),
        (ValueError, lambda: frequencies(4, base=math.nan), "base must be .* got nan"),
        (ValueError, lambda: LearnedPositions(0, 4), "max_length must be at least 1, got 0"),
        (ValueError, lambda: LearnedPositions(5, 4)(torch.tensor([0, 5])), "position 5 has no vector: 5 are learned"),
        (ValueError, lambda: LearnedPositions(5, 4)(torch.tensor([2, -3])), "positions must be at least 0, got -3"),
        (TypeError, lambda: LearnedPositions(5, 4)(torch.tensor([2.0])), "integers, got torch.float32"),
        (TypeError, lambda: LearnedPositions(5, 4)(torch.tensor([True])), "integers, got torch.bool"),
        (TypeError, lambda: LearnedPositions(5, 4)([1]), "integers, got list"),
        (ValueError, lambda: relative_positions(5, 3), "5 queries but 3 keys"),
        (ValueError, lambda: relative_positions(-5, 3), "Tq must be at least 0, got -5"),
        (ValueError, lambda: ShawRelativePositions(-1, 4), "max_distance must be at least 0, got -1"),
        (ValueError, lambda: ShawRelativePositions(2, 4).key_bias(x, 5), r"\(..., Tq, 4\), got shape \(2, 5, 6\)"),
        (ValueError, lambda: ShawRelativePositions(2, 6).key_bias(x, 4), "5 queries but 4 keys"),
        (ValueError, lambda: ShawRelativePositions(2, 6).value_part(x[0].T), "6 queries but 5 keys"),
        (ValueError, lambda: ShawRelativePositions(2, 6).value_part(x[0, 0]), r"got shape \(6,\)"),
        (TypeError, lambda: relative_buckets(x), "integers, got torch.float32"),
        (TypeError, lambda: relative_buckets(3), "integers, got int"),
        (ValueError, lambda: T5RelativeBias(2, n_buckets=7), "n_buckets=7 cannot be split"),
        (ValueError, lambda: T5RelativeBias(2, n_buckets=2), "n_buckets must be at least 4, got 2"),
        (ValueError, lambda: T5RelativeBias(2, max_distance=8), "max_distance=8 must be more than 8"),
        (ValueError, lambda: T5RelativeBias(0), "n_heads must be at least 1, got 0"),
        (ValueError, lambda: T5RelativeBias(2)(3, 2), "3 queries but 2 keys"),
        (ValueError, lambda: RotaryPositions(7), "dim must be even, got 7"),
        (ValueError, lambda: RotaryPositions(6, base=-1.0), "base must be .* got -1.0"),
        (ValueError, lambda: RotaryPositions(6, pairing="llama"), "adjacent, halves, got 'llama'"),
        (ValueError, lambda: RotaryPositions(8)(x, torch.arange(5)), r"\(..., T, 8\), got shape \(2, 5, 6\)"),
        (ValueError, lambda: RotaryPositions(6)(x, torch.arange(4)), "5 rows in x but 4 positions"),
        (ValueError, lambda: RotaryPositions(6)(x, torch.arange(5)[None]), r"\(T,\), got shape \(1, 5\)"),
        (ValueError, lambda: RotaryPositions(6)(x, torch.arange(5) - 1), "positions must be at least 0, got -1"),
        (TypeError, lambda: RotaryPositions(6)(x, torch.arange(5.0)), "integers, got torch.float32"),
        (TypeError, lambda: RotaryPositions(6)(x.long(), torch.arange(5)), "floating-point numbers, got torch.int64"),
        (TypeError, lambda: RotaryPositions(6)(x.numpy(), torch.arange(5)), "floating-point numbers, got ndarray"),
        (ValueError, lambda: adjacent_to_halves(5), "dim must be even, got 5"),
        (ValueError, lambda: alibi_slopes(0), "n_heads must be at least 1, got 0"),
        (ValueError, lambda: alibi_bias(2, 4, 3), "4 queries but 3 keys"),
        (TypeError, lambda: check_count("n", 1.5, 0), "n must be an integer, got 1.5"),
    ],
)
def test_errors(error: type[Exception], call: Callable[[], object], words: str) -> None:
    with pytest.raises(error, match=words):
        call()

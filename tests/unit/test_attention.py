"""Attention against numbers worked out by hand, against torch, and against mistakes that people make."""

import math
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from attnlab.attention import attention_weights, scaled_dot_product_attention

Attention = Callable[..., tuple[Tensor, Tensor]]

# All different, so that no axis can be taken for another.
B, H, TQ, TK, DH, DV = 2, 3, 4, 5, 6, 7


def random_input(seed: int, *, tq: int = TQ, tk: int = TK, dtype: torch.dtype = torch.float64) -> list[Tensor]:
    generator = torch.Generator().manual_seed(seed)
    shapes = ((B, H, tq, DH), (B, H, tk, DH), (B, H, tk, DV))
    return [torch.randn(shape, generator=generator, dtype=dtype) for shape in shapes]


def random_mask(seed: int, tq: int = TQ, tk: int = TK) -> Tensor:
    """About two thirds are open; in each sentence and head the second query may attend to nothing."""
    generator = torch.Generator().manual_seed(seed)
    mask = torch.rand((B, H, tq, tk), generator=generator) < 0.67
    mask[..., 0] = True
    mask[:, :, 1] = False
    return mask


def by_definition(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, scale: float, bias: Tensor | None = None
) -> Tensor:
    """Equation 1 of the paper, one number at a time."""
    output = torch.zeros(*query.shape[:-1], value.shape[-1], dtype=torch.float64)
    for b in range(B):
        for h in range(H):
            for i in range(query.shape[2]):
                allowed = [j for j in range(key.shape[2]) if mask is None or mask[b, h, i, j]]
                scores = [float(query[b, h, i] @ key[b, h, j]) * scale for j in allowed]
                if bias is not None:
                    scores = [score + float(bias[b, h, i, j]) for j, score in zip(allowed, scores, strict=True)]
                total = sum(math.exp(score) for score in scores)
                for j, score in zip(allowed, scores, strict=True):
                    output[b, h, i] += math.exp(score) / total * value[b, h, j]
    return output


def assert_is_attention(attention: Attention) -> None:
    """Fails unless ``attention`` is scaled dot-product attention by the package's conventions."""
    for tq, tk in ((TQ, TK), (TK, TK)):  # a mask on the wrong axis has the right shape only when both are equal
        query, key, value = random_input(1, tq=tq, tk=tk)
        for mask in (None, random_mask(2, tq, tk)):
            for scale in (None, 0.7):
                output, weights = attention(query, key, value, mask=mask, scale=scale, return_weights=True)
                wanted = by_definition(query, key, value, mask, 1 / math.sqrt(DH) if scale is None else scale)
                assert torch.allclose(output, wanted, atol=1e-10)
                assert torch.allclose(weights @ value, output, atol=1e-10)


def test_the_package_computes_attention() -> None:
    assert_is_attention(scaled_dot_product_attention)


# --- planted mistakes: each a wrong attention that looks right --------------------------------------------------------


def mutant(
    *,
    scale_of: Callable[[Tensor], float] = lambda query: 1 / math.sqrt(query.shape[-1]),
    softmax_axis: int = -1,
    see: Callable[[Tensor], Tensor] = lambda mask: mask,
    closed: float = -math.inf,
    zero_shut_out: bool = True,
) -> Attention:
    """Attention written out once more, with a knob for each mistake."""

    def attention(
        query: Tensor,
        key: Tensor,
        value: Tensor,
        *,
        mask: Tensor | None = None,
        scale: float | None = None,
        return_weights: bool = True,
    ) -> tuple[Tensor, Tensor]:
        scores = query @ key.transpose(-2, -1) * (scale_of(query) if scale is None else scale)
        if mask is not None:
            scores = scores.masked_fill(~see(mask), closed)
        weights = scores.softmax(softmax_axis)
        if zero_shut_out:
            weights = weights.nan_to_num(0.0)
        return weights @ value, weights

    return attention


MUTANTS = {
    "mask inverted": mutant(see=torch.logical_not),
    "mask on the query axis": mutant(see=lambda mask: mask.transpose(-2, -1)),
    "mask forgotten": mutant(see=torch.ones_like),
    "scale missing": mutant(scale_of=lambda query: 1.0),
    "scale by d instead of its root": mutant(scale_of=lambda query: 1 / query.shape[-1]),
    "scale by the number of queries": mutant(scale_of=lambda query: 1 / math.sqrt(query.shape[-2])),
    "softmax over the queries": mutant(softmax_axis=-2),
    "softmax over the heads": mutant(softmax_axis=1),
    "sentinel of -1e4": mutant(closed=-1e4),
    "NaN where nothing is allowed": mutant(zero_shut_out=False),
}


def test_the_written_out_attention_is_right_without_a_mistake() -> None:
    assert_is_attention(mutant())


@pytest.mark.parametrize("name", MUTANTS)
def test_every_planted_mistake_is_caught(name: str) -> None:
    with pytest.raises((AssertionError, RuntimeError)):  # on unequal axes some fail with a shape error of torch's
        assert_is_attention(MUTANTS[name])


# --- numbers on paper -------------------------------------------------------------------------------------------------


def test_numbers_that_can_be_checked_on_paper() -> None:
    """Scores 2 and 0 over sqrt(4) are 1 and 0: weights e/(e+1) = 0.7310586 and 1/(e+1) = 0.2689414."""
    query = torch.tensor([[1.0, 1.0, 0.0, 0.0]], dtype=torch.float64)
    key = torch.tensor([[1.0, 1.0, 5.0, 0.0], [0.0, 0.0, 5.0, 5.0]], dtype=torch.float64)
    value = torch.tensor([[10.0], [0.0]], dtype=torch.float64)
    output, weights = scaled_dot_product_attention(query, key, value, return_weights=True)
    assert torch.allclose(weights, torch.tensor([[0.7310585786, 0.2689414214]], dtype=torch.float64), atol=1e-10)
    assert abs(float(output) - 7.310585786) < 1e-9


# --- against torch ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_equals_torch_without_a_mask_and_with_one(dtype: torch.dtype) -> None:
    query, key, value = random_input(3, dtype=dtype)
    mask = random_mask(4)
    mask[:, :, 1, 2] = True  # torch promises nothing about a row that may attend to nothing
    for chosen in (None, mask, mask[:1, :1], mask[0, 0]):
        wanted = F.scaled_dot_product_attention(query, key, value, attn_mask=chosen)
        output, _ = scaled_dot_product_attention(query, key, value, mask=chosen, return_weights=True)
        fast = scaled_dot_product_attention(query, key, value, mask=chosen)
        assert torch.allclose(output, wanted, atol=1e-6)
        assert torch.allclose(fast, wanted, atol=1e-6)


# --- properties -------------------------------------------------------------------------------------------------------

sizes = st.integers(1, 6)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), sizes, sizes, sizes, sizes, st.lists(st.integers(1, 3), max_size=3), st.booleans())
def test_properties(seed: int, tq: int, tk: int, dh: int, dv: int, leading: list[int], masked: bool) -> None:
    generator = torch.Generator().manual_seed(seed)

    def draw(*shape: int) -> Tensor:
        return torch.randn((*leading, *shape), generator=generator, dtype=torch.float64) * 3

    query, key, value = draw(tq, dh), draw(tk, dh), draw(tk, dv)
    mask = torch.rand((*leading, tq, tk), generator=generator) < 0.5 if masked else None
    output, weights = scaled_dot_product_attention(query, key, value, mask=mask, return_weights=True)

    # Each row is a distribution, or nothing at all.
    allowed = torch.ones_like(weights, dtype=torch.bool) if mask is None else mask
    assert (weights >= 0).all()
    assert (weights[~allowed] == 0).all()
    assert torch.allclose(weights.sum(-1), allowed.any(-1).double())
    # Asking for the weights changes nothing.
    assert torch.allclose(scaled_dot_product_attention(query, key, value, mask=mask), output, atol=1e-12)
    # The order of the keys is of no consequence; the order of the queries is the order of the outputs.
    keys, queries = torch.randperm(tk, generator=generator), torch.randperm(tq, generator=generator)
    moved_mask = None if mask is None else mask[..., queries, :][..., keys]
    moved = scaled_dot_product_attention(
        query[..., queries, :], key[..., keys, :], value[..., keys, :], mask=moved_mask
    )
    assert torch.allclose(moved, output[..., queries, :], atol=1e-12)


@pytest.mark.parametrize("return_weights", [False, True])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_nothing_allowed_gives_zero_and_no_gradient(return_weights: bool, dtype: torch.dtype) -> None:
    query, key, value = (tensor.to(dtype).requires_grad_() for tensor in random_input(5))
    mask = random_mask(6)
    result = scaled_dot_product_attention(query, key, value, mask=mask, return_weights=return_weights)
    output = result[0] if isinstance(result, tuple) else result
    assert (output[:, :, 1] == 0).all()
    output.sum().backward()
    for tensor in (query, key, value):
        assert tensor.grad is not None
        assert tensor.grad.isfinite().all()
    assert (query.grad[:, :, 1] == 0).all()


def test_a_mask_that_closes_everything() -> None:
    query, key, value = random_input(7)
    closed = torch.zeros(TK, dtype=torch.bool)
    output, weights = scaled_dot_product_attention(query, key, value, mask=closed, return_weights=True)
    assert (output == 0).all()
    assert (weights == 0).all()
    assert (scaled_dot_product_attention(query, key, value, mask=closed) == 0).all()


def test_no_keys_at_all() -> None:
    query, key, value = random_input(8, tk=0)
    output, weights = scaled_dot_product_attention(query, key, value, return_weights=True)
    assert output.shape == (B, H, TQ, DV)
    assert weights.shape == (B, H, TQ, 0)
    assert (output == 0).all()


@pytest.mark.parametrize("return_weights", [False, True])
def test_gradients(return_weights: bool) -> None:
    inputs = [tensor[:1, :1].clone().requires_grad_() for tensor in random_input(9)]
    mask = random_mask(10)[:1, :1]

    def function(query: Tensor, key: Tensor, value: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        return scaled_dot_product_attention(query, key, value, mask=mask, return_weights=return_weights)

    assert torch.autograd.gradcheck(function, inputs)


def test_large_scores_do_not_overflow() -> None:
    query = torch.full((1, 4), 1000.0)
    output, weights = scaled_dot_product_attention(query, query.repeat(3, 1), torch.ones(3, 2), return_weights=True)
    assert torch.allclose(weights, torch.full((1, 3), 1 / 3))
    assert torch.allclose(output, torch.ones(1, 2))


@pytest.mark.parametrize("shape", [(B, H, TQ, TK), (1, H, TQ, TK), (TQ, TK), (TK,), (H, TQ, 1)])
def test_a_bias_is_added_after_scaling(shape: tuple[int, ...]) -> None:
    query, key, value = random_input(13)
    bias = torch.randn(shape, generator=torch.Generator().manual_seed(14), dtype=torch.float64)
    for mask in (None, random_mask(15), random_mask(15)[:1, :1], random_mask(15)[0, 0]):
        whole = None if mask is None else mask.expand(B, H, TQ, TK)
        wanted = by_definition(query, key, value, whole, 0.4, bias.expand(B, H, TQ, TK))
        output, weights = scaled_dot_product_attention(
            query, key, value, mask=mask, bias=bias, scale=0.4, return_weights=True
        )
        assert torch.allclose(output, wanted, atol=1e-10)
        assert torch.allclose(attention_weights(query, key, mask=mask, bias=bias, scale=0.4), weights)
        fast = scaled_dot_product_attention(query, key, value, mask=mask, bias=bias, scale=0.4)
        assert torch.allclose(fast, wanted, atol=1e-10)


@pytest.mark.parametrize("shape", [(TQ, TK), (TK,), (), (H, 1, TK), (B, 1, TQ, 1), (B, H, 1, 1), (B, 1, 1, TK)])
def test_a_mask_of_any_shape_that_broadcasts(shape: tuple[int, ...]) -> None:
    query, key, value = random_input(16)
    mask = torch.rand(shape, generator=torch.Generator().manual_seed(17)) < 0.6
    wanted = by_definition(query, key, value, mask.expand(B, H, TQ, TK), 1 / math.sqrt(DH))
    output, _ = scaled_dot_product_attention(query, key, value, mask=mask, return_weights=True)
    assert torch.allclose(output, wanted, atol=1e-10)
    assert torch.allclose(scaled_dot_product_attention(query, key, value, mask=mask), wanted, atol=1e-10)


@pytest.mark.parametrize("return_weights", [False, True])
def test_gradients_reach_the_bias(return_weights: bool) -> None:
    inputs = [tensor[:1, :1].clone().requires_grad_() for tensor in random_input(18)]
    bias = torch.randn(1, 1, TQ, TK, dtype=torch.float64, generator=torch.Generator().manual_seed(19)).requires_grad_()
    mask = random_mask(20)[:1, :1]

    def function(query: Tensor, key: Tensor, value: Tensor, bias: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        return scaled_dot_product_attention(query, key, value, mask=mask, bias=bias, return_weights=return_weights)

    assert torch.autograd.gradcheck(function, (*inputs, bias))
    # With gradients or without, and whoever needs them, the result is the same.
    result = function(*inputs, bias)
    with torch.no_grad():
        again = function(*inputs, bias)
    pairs = zip(result, again, strict=True) if isinstance(result, tuple) else [(result, again)]
    assert all(torch.allclose(one, other, atol=1e-12) for one, other in pairs)
    only_bias = function(*(tensor.detach() for tensor in inputs), bias)
    (only_bias[0] if isinstance(only_bias, tuple) else only_bias).sum().backward()
    assert bias.grad is not None
    assert (bias.grad[:, :, 1] == 0).all()


def test_nothing_that_is_given_is_written_to() -> None:
    given = [*random_input(21), torch.randn(1, H, TQ, TK, dtype=torch.float64)]
    before = [tensor.clone() for tensor in given]
    for return_weights in (False, True):
        query, key, value, bias = given
        scaled_dot_product_attention(query, key, value, bias=bias, return_weights=return_weights)
        scaled_dot_product_attention(query, query, query, return_weights=return_weights)
    assert all(torch.equal(one, other) for one, other in zip(given, before, strict=True))


def test_the_mask_is_not_written_to() -> None:
    query, key, value = random_input(11)
    mask = random_mask(12)
    before = mask.clone()
    scaled_dot_product_attention(query, key, value, mask=mask)
    scaled_dot_product_attention(query, key, value, mask=mask, return_weights=True)
    assert (mask == before).all()


# --- errors quote both numbers ----------------------------------------------------------------------------------------

q, k, v = torch.zeros(4, 6), torch.zeros(5, 6), torch.zeros(5, 7)


@pytest.mark.parametrize(
    ("error", "arguments", "options", "words"),
    [
        (ValueError, (q, torch.zeros(5, 3), v), {}, "queries have width 6 but keys have width 3"),
        (ValueError, (q, k, torch.zeros(4, 7)), {}, "5 keys but 4 values"),
        (ValueError, (q[None], k, v), {}, r"query has leading axes \(1,\) but key has \(\)"),
        (ValueError, (q[0], k, v), {}, r"query must be .* got shape \(6,\)"),
        (ValueError, (q[:, :0], k[:, :0], v), {}, "width 0"),
        (TypeError, (q.int(), k, v), {}, "query must hold floating-point numbers, got torch.int32"),
        (TypeError, (q, k.double(), v), {}, "query has dtype torch.float32 but key has torch.float64"),
        (TypeError, (q.numpy(), k, v), {}, "query must be a torch tensor, got ndarray"),
        (TypeError, (q, k, v), {"mask": torch.zeros(4, 5)}, "mask must be bool .* got torch.float32"),
        (TypeError, (q, k, v), {"mask": [[True]]}, "mask must be a torch tensor, got list"),
        (ValueError, (q, k, v), {"mask": torch.ones(5, 4, dtype=torch.bool)}, r"\(5, 4\) .* \(4, 5\)"),
        (ValueError, (q, k, v), {"mask": torch.ones(2, 4, 5, dtype=torch.bool)}, r"\(2, 4, 5\) .* \(4, 5\)"),
        (ValueError, (q, k, v), {"scale": math.nan}, "scale must be a finite number, got nan"),
        (ValueError, (q, k.to("meta"), v), {}, "query is on cpu but key is on meta"),
        (ValueError, (q, k, v), {"mask": torch.ones(4, 5, dtype=torch.bool).to("meta")}, "query is on cpu but mask"),
        (TypeError, (q, k, v), {"bias": torch.zeros(4, 5).double()}, "bias must be torch.float32.* got torch.float64"),
        (TypeError, (q, k, v), {"bias": torch.zeros(4, 5).bool()}, "bias must be torch.float32.* got torch.bool"),
        (ValueError, (q, k, v), {"bias": torch.zeros(5, 4)}, r"bias .*\(5, 4\) .* \(4, 5\)"),
    ],
)
def test_errors(error: type[Exception], arguments: tuple, options: dict, words: str) -> None:
    for return_weights in (False, True):
        with pytest.raises(error, match=words):
            scaled_dot_product_attention(*arguments, **options, return_weights=return_weights)

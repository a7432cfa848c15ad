"""Multi-head attention, written out head by head once more, its cache and gates, and mistakes that people make."""

import copy
import math
from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from attnlab.attention import KeyValueCache, MultiHeadAttention
from attnlab.masks import causal_mask
from attnlab.positions import RotaryPositions
from tests.mutants import mutant

# All different, so that no axis can be taken for another: D = H * DH.
B, H, TQ, TK, DH, DC = 2, 3, 4, 5, 6, 7
D = H * DH


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def build(make: Callable[..., MultiHeadAttention] = MultiHeadAttention, **options: object) -> MultiHeadAttention:
    """An attention in float64 with random maps and biases."""
    attention = make(D, H, **options).double().eval()
    for seed, parameter in enumerate(attention.parameters()):
        parameter.data.copy_(random(*parameter.shape, seed=seed) / 3)
    return attention


def random_mask(*shape: int, seed: int = 0) -> Tensor:
    """About two thirds are open; the second query may attend to nothing."""
    mask = torch.rand(shape, generator=torch.Generator().manual_seed(seed)) < 0.67
    mask[..., 0] = True
    if shape[-2] > 1:
        mask[..., 1, :] = False
    return mask


def by_definition(
    attention: MultiHeadAttention,
    x: Tensor,
    context: Tensor,
    mask: Tensor | None = None,
    bias: Tensor | None = None,
    gate: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Section 3.2.2 of the paper, one sentence, head, query and key at a time."""
    weights = torch.zeros(len(x), H, x.shape[1], context.shape[1], dtype=torch.float64)
    output = torch.zeros(*x.shape[:2], D, dtype=torch.float64)
    maps = (attention.query, attention.key, attention.value)
    for b in range(len(x)):
        for i in range(x.shape[1]):
            found = []  # of each head
            for h in range(H):
                rows = slice(h * DH, (h + 1) * DH)
                (wq, bq), (wk, bk), (wv, bv) = ((m.weight[rows], 0 if m.bias is None else m.bias[rows]) for m in maps)
                seen = [j for j in range(context.shape[1]) if mask is None or mask[b, h, i, j]]
                query = wq @ x[b, i] + bq
                scores = [query @ (wk @ context[b, j] + bk) / math.sqrt(DH) for j in seen]
                if bias is not None:
                    scores = [score + bias[b, h, i, j] for j, score in zip(seen, scores, strict=True)]
                total = sum(score.exp() for score in scores)
                head = torch.zeros(DH, dtype=torch.float64)
                for j, score in zip(seen, scores, strict=True):
                    weights[b, h, i, j] = score.exp() / total
                    head += weights[b, h, i, j] * (wv @ context[b, j] + bv)
                found.append(head if gate is None else head * gate.expand(len(x), H)[b, h])
            output[b, i] = attention.output(torch.cat(found))
    return output, weights


SIZES = {"square": (TK, TK), "not square": (TQ, TK)}


def assert_is_multi_head(make: Callable[..., MultiHeadAttention], sizes: str) -> None:
    """Fails unless ``make`` makes multi-head attention by the package's conventions."""
    with torch.no_grad():
        tq, tk = SIZES[sizes]
        x, context = random(B, tq, D, seed=1), random(B, tk, DC, seed=2)
        mask, bias, gate = random_mask(B, H, tq, tk), random(B, H, tq, tk, seed=3), random(B, H, seed=4)
        for chosen in ({}, {"mask": mask}, {"bias": bias, "gate": gate[0]}, {"mask": mask, "gate": gate}):
            attention = build(make, d_context=DC)
            wanted, wanted_weights = by_definition(attention, x, context, **chosen)
            output, weights = attention(x, context, **chosen, return_weights=True)
            assert torch.allclose(weights, wanted_weights, atol=1e-10)
            assert torch.allclose(output, wanted, atol=1e-10)
            assert torch.allclose(attention(x, context, **chosen), wanted, atol=1e-10)
        attention = build(make, bias=False)
        x = random(B, TQ, D, seed=5)
        for tokens in (x, random(B, 20, D, seed=6)):  # so few that the maps stay apart, and enough to stack them
            output, weights = attention(tokens, return_weights=True)
            wanted, wanted_weights = by_definition(attention, tokens, tokens)
            assert torch.allclose(weights, wanted_weights, atol=1e-10)
            assert torch.allclose(output, wanted, atol=1e-10)
            assert torch.allclose(attention(tokens), wanted, atol=1e-10)


@pytest.mark.parametrize("sizes", SIZES)
def test_the_package_computes_multi_head_attention(sizes: str) -> None:
    assert_is_multi_head(MultiHeadAttention, sizes)


# --- planted mistakes -------------------------------------------------------------------------------------------------


class WrittenOut(MultiHeadAttention):
    """Multi-head attention once more, in the plainest way, with a method for each thing that can go wrong."""

    def split(self, x: Tensor) -> Tensor:
        return x.view(*x.shape[:2], H, DH).transpose(1, 2)

    def project(self, x: Tensor, context: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return self.query(x), self.key(context), self.value(context)

    def scale(self, scores: Tensor) -> Tensor:
        return scores / DH**0.5

    def hide(self, scores: Tensor, mask: Tensor) -> Tensor:
        return scores.masked_fill(~mask, -math.inf)

    def softmax(self, scores: Tensor) -> Tensor:
        return scores.softmax(-1).nan_to_num(0.0)

    def join(self, heads: Tensor, gate: Tensor | None) -> Tensor:
        heads = heads if gate is None else heads * gate.expand(len(heads), H)[:, :, None, None]
        return self.output(heads.transpose(1, 2).flatten(2))

    def forward(self, x, context=None, *, mask=None, bias=None, gate=None, return_weights=False):  # type: ignore
        query, key, value = (self.split(part) for part in self.project(x, x if context is None else context))
        scores = self.scale(query @ key.transpose(-2, -1))
        scores = scores if bias is None else scores + bias
        weights = self.softmax(scores if mask is None else self.hide(scores, mask))
        output = self.join(weights @ value, gate)
        return (output, weights) if return_weights else output


class MaskInverted(WrittenOut):
    def hide(self, scores: Tensor, mask: Tensor) -> Tensor:
        return scores.masked_fill(mask, -math.inf)


class MaskOnTheQueryAxis(WrittenOut):
    def hide(self, scores: Tensor, mask: Tensor) -> Tensor:
        return scores.masked_fill(~mask.transpose(-2, -1), -math.inf)


class SentinelOfMinus10000(WrittenOut):
    def hide(self, scores: Tensor, mask: Tensor) -> Tensor:
        return scores.masked_fill(~mask, -1e4)


class ScaleByModelWidth(WrittenOut):
    def scale(self, scores: Tensor) -> Tensor:
        return scores / D**0.5


class ScaleWithoutRoot(WrittenOut):
    def scale(self, scores: Tensor) -> Tensor:
        return scores / DH


class ScaleMissing(WrittenOut):
    def scale(self, scores: Tensor) -> Tensor:
        return scores


class SoftmaxOverQueries(WrittenOut):
    def softmax(self, scores: Tensor) -> Tensor:
        return scores.softmax(-2).nan_to_num(0.0)


class NanInEmptyRows(WrittenOut):
    def softmax(self, scores: Tensor) -> Tensor:
        return scores.softmax(-1)


class OutputMapDropped(WrittenOut):
    def join(self, heads: Tensor, gate: Tensor | None) -> Tensor:
        heads = heads if gate is None else heads * gate.expand(len(heads), H)[:, :, None, None]
        return heads.transpose(1, 2).flatten(2)


class GateAfterOutputMap(WrittenOut):
    def join(self, heads: Tensor, gate: Tensor | None) -> Tensor:
        output = self.output(heads.transpose(1, 2).flatten(2))
        return output if gate is None else output * gate.expand(len(heads), H).repeat_interleave(DH, 1)[:, None]


class GateOfTheWrongHead(WrittenOut):
    def join(self, heads: Tensor, gate: Tensor | None) -> Tensor:
        return super().join(heads, None if gate is None else gate.roll(1, -1))


class GateIgnored(WrittenOut):
    def join(self, heads: Tensor, gate: Tensor | None) -> Tensor:
        return super().join(heads, None)


class HeadsNotSwappedBack(WrittenOut):
    def join(self, heads: Tensor, gate: Tensor | None) -> Tensor:
        heads = heads if gate is None else heads * gate.expand(len(heads), H)[:, :, None, None]
        return self.output(heads.reshape(len(heads), -1, D))


class HeadsSplitWithoutSwap(WrittenOut):
    def split(self, x: Tensor) -> Tensor:
        return x.reshape(len(x), H, -1, DH)


class QueriesFromTheMemory(WrittenOut):
    def project(self, x: Tensor, context: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        if context.shape[-1] == D:
            return self.query(context), self.key(x), self.value(x)
        return (
            nn.functional.linear(context, self.query.weight[:, :DC], self.query.bias),
            self.key(context),
            self.value(context),
        )


class KeysAndValuesSwapped(WrittenOut):
    def project(self, x: Tensor, context: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return self.query(x), self.value(context), self.key(context)


MUTANTS = WrittenOut.__subclasses__()


@pytest.mark.parametrize("sizes", SIZES)
def test_the_written_out_attention_is_right_without_a_mistake(sizes: str) -> None:
    assert_is_multi_head(WrittenOut, sizes)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_every_planted_mistake_is_caught(mutant: type[WrittenOut]) -> None:
    with pytest.raises(AssertionError):
        assert_is_multi_head(mutant, "square")
    with pytest.raises((AssertionError, RuntimeError)):  # on unequal axes some fail with a shape error of torch's
        assert_is_multi_head(mutant, "not square")


# --- properties -------------------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 999), st.integers(1, 3), st.integers(1, 30), st.integers(1, 6), st.booleans(), st.booleans())
def test_properties(seed: int, batch: int, tq: int, tk: int, masked: bool, cross: bool) -> None:
    attention = build(d_context=DC if cross else None)
    x = random(batch, tq, D, seed=seed)
    context = random(batch, tk, DC, seed=seed + 1) if cross else None
    tk = tk if cross else tq
    mask = random_mask(batch, 1, tq, tk, seed=seed) if masked else None
    with torch.no_grad():
        output, weights = attention(x, context, mask=mask, return_weights=True)
        # Each row is a distribution, or nothing at all.
        allowed = torch.ones_like(weights, dtype=torch.bool) if mask is None else mask.expand_as(weights)
        assert (weights >= 0).all()
        assert (weights[~allowed] == 0).all()
        assert torch.allclose(weights.sum(-1), allowed.any(-1).double())
        # Asking for the weights or recording changes nothing, nor does a gate of ones.
        record: dict[str, Tensor] = {}
        assert torch.allclose(attention(x, context, mask=mask), output, atol=1e-12)
        assert torch.equal(attention(x, context, mask=mask, record=record.__setitem__), output)
        assert torch.allclose(attention(x, context, mask=mask, gate=torch.ones(H)), output, atol=1e-12)
        assert torch.equal(record["weights"], weights)
        assert torch.equal(record["output"], output)
        # The order of the queries is the order of the outputs; the order of the keys is of no consequence.
        order = torch.randperm(tk, generator=torch.Generator().manual_seed(seed))
        moved_mask = None if mask is None else mask[..., order]
        if cross:
            assert torch.allclose(attention(x, context[:, order], mask=moved_mask), output, atol=1e-12)
        else:
            moved_mask = None if moved_mask is None else moved_mask[..., order, :]
            assert torch.allclose(attention(x[:, order], mask=moved_mask), output[:, order], atol=1e-12)


def test_what_is_recorded_fits_together() -> None:
    attention = build(d_context=DC)
    x, context, gate = random(B, TQ, D), random(B, TK, DC), random(B, H)
    record: dict[str, Tensor] = {}
    bias = random(1, H, TQ, TK)
    output = attention(x, context, bias=bias, gate=gate, record=record.__setitem__)
    shapes = {name: tuple(tensor.shape) for name, tensor in record.items()}
    assert shapes == {
        "query": (B, H, TQ, DH),
        "key": (B, H, TK, DH),
        "value": (B, H, TK, DH),
        "scores": (B, H, TQ, TK),
        "weights": (B, H, TQ, TK),
        "heads": (B, H, TQ, DH),
        "output": (B, TQ, D),
    }
    assert torch.allclose(record["scores"], record["query"] @ record["key"].mT / DH**0.5)
    assert torch.allclose(record["weights"], (record["scores"] + bias).softmax(-1))
    assert torch.allclose(record["heads"], record["weights"] @ record["value"] * gate[..., None, None])
    assert torch.equal(record["output"], output)


@pytest.mark.parametrize("return_weights", [False, True])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_nothing_allowed_gives_the_bias_of_the_output_map_alone(return_weights: bool, dtype: torch.dtype) -> None:
    attention = build().to(dtype)
    x = random(B, TQ, D).to(dtype).requires_grad_()
    result = attention(x, mask=random_mask(B, 1, TQ, TQ), return_weights=return_weights)
    output = result[0] if return_weights else result
    assert torch.equal(output[:, 1], attention.output.bias.expand(B, D))
    output.sum().backward()
    for parameter in (x, *attention.parameters()):
        assert parameter.grad is not None
        assert parameter.grad.isfinite().all()


@pytest.mark.parametrize("return_weights", [False, True])
def test_gradients(return_weights: bool) -> None:
    attention = build(d_context=DC)
    x, context = random(1, 2, D).requires_grad_(), random(1, 3, DC).requires_grad_()
    bias, gate = random(1, H, 2, 3).requires_grad_(), random(1, H).requires_grad_()
    mask = torch.tensor([[True, False, True], [False, False, False]])

    def function(x: Tensor, context: Tensor, bias: Tensor, gate: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        return attention(x, context, mask=mask, bias=bias, gate=gate, return_weights=return_weights)

    assert torch.autograd.gradcheck(function, (x, context, bias, gate))
    assert torch.autograd.gradcheck(lambda x: attention_of_self(x), (random(1, 20, D).requires_grad_()[:, :2],))


def attention_of_self(x: Tensor) -> Tensor:
    return build()(x)


def test_dropout_falls_on_the_weights_in_training_alone() -> None:
    attention = build(dropout=0.4)
    x = random(B, 30, D)
    still = attention(x)
    attention.train()
    torch.manual_seed(0)
    output, weights = attention(x, return_weights=True)
    torch.manual_seed(0)
    assert torch.equal(attention(x), output)  # the same draw, whether the weights are asked for or not
    assert not torch.allclose(output, still)
    assert torch.allclose(weights.sum(-1), torch.ones(B, H, 30, dtype=torch.float64))


# --- cache ------------------------------------------------------------------------------------------------------------


def assert_cache_equals_no_cache(attention: MultiHeadAttention) -> None:
    """Fails unless a text read in pieces gives what it gives when it is read at once."""
    x = random(B, 7, D, seed=8)
    with torch.no_grad():
        wanted, wanted_weights = attention(x, mask=causal_mask(7), return_weights=True)
        for pieces in ((1,) * 7, (3, 4), (2, 1, 4), (7,)):
            cache, start = KeyValueCache(), 0
            for size in pieces:
                end = start + size
                mask = causal_mask(size, end)
                output, weights = attention(x[:, start:end], mask=mask, cache=cache, return_weights=True)
                assert cache.length == end
                assert torch.allclose(output, wanted[:, start:end], atol=1e-12)
                assert torch.allclose(weights, wanted_weights[:, :, start:end, :end], atol=1e-12)
                start = end


@pytest.mark.parametrize("pairing", [None, "adjacent", "halves"])
def test_cache_equals_no_cache(pairing: str | None) -> None:
    assert_cache_equals_no_cache(build(rotary=RotaryPositions(DH, pairing=pairing) if pairing else None))


class CacheWithoutPositionOffset(MultiHeadAttention):
    """A planted mistake: the new tokens are turned as if they were the first."""

    def _project(self, x, context, cache, *, contiguous):  # type: ignore
        query, key, value = super()._project(x, context, None, contiguous=contiguous)
        return (query, *cache.append(key, value)) if cache is not None else (query, key, value)


def test_a_cache_without_position_offset_is_caught() -> None:
    assert_cache_equals_no_cache(build(CacheWithoutPositionOffset))  # without positions there is nothing to be wrong
    with pytest.raises(AssertionError):
        assert_cache_equals_no_cache(build(CacheWithoutPositionOffset, rotary=RotaryPositions(DH)))


def test_cross_attention_computes_its_keys_once() -> None:
    attention = build(d_context=DC)
    x, context, cache = random(B, TQ, D), random(B, TK, DC), KeyValueCache()
    with torch.no_grad():
        wanted = attention(x, context)
        first = attention(x[:, :1], context, cache=cache)
        keys = cache.keys
        second = attention(x[:, 1:], context, cache=cache)
    assert cache.keys is keys
    assert cache.length == TK
    assert torch.allclose(torch.cat((first, second), 1), wanted, atol=1e-12)
    with pytest.raises(ValueError, match=r"cache holds \(B, Tk\) = \(2, 5\) but the context has \(2, 3\)"):
        attention(x, context[:, :3], cache=cache)


def test_reordering_a_cache_reorders_what_comes_out() -> None:
    attention, x, rows = build(), random(3, 5, D), torch.tensor([2, 0, 2, 1])
    cache = KeyValueCache()
    with torch.no_grad():
        attention(x[:, :4], mask=causal_mask(4), cache=cache)
        cache.reorder(rows)
        output = attention(x[rows, 4:], cache=cache)
        wanted = attention(x[rows], mask=causal_mask(5))[:, 4:]
    assert torch.allclose(output, wanted, atol=1e-12)
    with pytest.raises(ValueError, match=r"keys of shape \(4, 3, 5, 6\), the new ones are \(3, 3, 1, 6\)"):
        attention(x[:, :1], cache=cache)
    assert KeyValueCache().length == 0
    KeyValueCache().reorder(rows)  # an empty one has nothing to reorder


# --- errors quote both numbers ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "arguments", "options", "words"),
    [
        (ValueError, (10, 4), {}, "d_model=10 is not divisible by n_heads=4"),
        (ValueError, (0, 4), {}, "d_model must be at least 1, got 0"),
        (ValueError, (8, -2), {}, "n_heads must be at least 1, got -2"),
        (ValueError, (8, 4), {"d_context": 0}, "d_context must be at least 1, got 0"),
        (TypeError, (8.0, 4), {}, "d_model must be an integer, got 8.0"),
        (TypeError, (8, True), {}, "n_heads must be an integer, got True"),
        (ValueError, (8, 4), {"dropout": 1.0}, "dropout .* got 1.0"),
        (ValueError, (8, 4), {"dropout": -0.1}, "dropout .* got -0.1"),
    ],
)
def test_errors_of_construction(error: type[Exception], arguments: tuple, options: dict, words: str) -> None:
    with pytest.raises(error, match=words):
        MultiHeadAttention(*arguments, **options)


x4, c5 = torch.zeros(B, TQ, D, dtype=torch.float64), torch.zeros(B, TK, DC, dtype=torch.float64)
true = torch.ones(TQ, TK, dtype=torch.bool)


@pytest.mark.parametrize(
    ("error", "arguments", "options", "words"),
    [
        (ValueError, (x4[0], c5), {}, r"x must be \(B, T, 18\), got shape \(4, 18\)"),
        (ValueError, (x4[..., :5], c5), {}, r"x must be \(B, T, 18\), got shape \(2, 4, 5\)"),
        (ValueError, (x4, x4), {}, r"context must be \(B, T, 7\), got shape \(2, 4, 18\)"),
        (ValueError, (x4, c5[:1]), {}, "x has a batch of 2 but context has one of 1"),
        (ValueError, (x4,), {}, "give a context of width 7: x has width 18"),
        (ValueError, (x4[:0], c5[:0]), {}, r"x is empty: shape \(0, 4, 18\)"),
        (ValueError, (x4[:, :0], c5), {}, r"x is empty: shape \(2, 0, 18\)"),
        (ValueError, (x4, c5[:, :0]), {}, r"context is empty: shape \(2, 0, 7\)"),
        (TypeError, (x4.float(), c5), {}, "x has dtype torch.float32 but the maps have torch.float64"),
        (TypeError, (x4, c5.int()), {}, "context has dtype torch.int32 but the maps have torch.float64"),
        (TypeError, (x4.numpy(), c5), {}, "x must be a torch tensor, got ndarray"),
        (ValueError, (x4.to("meta"), c5), {}, "x is on meta but the maps are on cpu"),
        (ValueError, (x4, c5.to("meta")), {}, "context is on meta but the maps are on cpu"),
        (TypeError, (x4, c5), {"mask": true.double()}, "mask must be bool .* got torch.float64"),
        (TypeError, (x4, c5), {"mask": [[True]]}, "mask must be a torch tensor, got list"),
        (ValueError, (x4, c5), {"mask": true.T}, r"\(5, 4\) does not broadcast to the scores' \(2, 3, 4, 5\)"),
        (ValueError, (x4, c5), {"mask": true[None].expand(B, TQ, TK)}, r"got shape \(2, 4, 5\)"),
        (ValueError, (x4, c5), {"mask": true[0]}, r"got shape \(5,\)"),
        (ValueError, (x4, c5), {"mask": true.to("meta")}, "query is on cpu but mask is on meta"),
        (ValueError, (x4, c5), {"bias": torch.zeros(H, TQ, TK).double()}, r"bias must be .* got shape \(3, 4, 5\)"),
        (TypeError, (x4, c5), {"bias": torch.zeros(TQ, TK)}, "bias must be torch.float64.* got torch.float32"),
        (ValueError, (x4, c5), {"gate": torch.ones(H + 1)}, r"gate must have shape \(3,\) or \(2, 3\), got \(4,\)"),
        (ValueError, (x4, c5), {"gate": 0.5}, "got float"),
        (ValueError, (x4, c5), {"gate": torch.ones(H).to("meta")}, "gate is on meta"),
    ],
)
def test_errors_of_the_call(error: type[Exception], arguments: tuple, options: dict, words: str) -> None:
    attention = build(d_context=DC)
    for return_weights in (False, True):
        with pytest.raises(error, match=words):
            attention(*arguments, **options, return_weights=return_weights)


def test_rotary_positions_need_one_sequence() -> None:
    with pytest.raises(ValueError, match="rotary positions need one sequence"):
        build(rotary=RotaryPositions(DH))(x4, x4)


def stacked_in_place(attention: MultiHeadAttention) -> bool:
    """Whether the three maps are one stretch of memory, so that they need not be copied to be one matrix."""
    maps = (attention.query, attention.key, attention.value)
    starts = [one.weight.data_ptr() for one in maps]
    size = maps[0].weight.nbytes
    return starts == [starts[0], starts[0] + size, starts[0] + 2 * size]


def assert_one_matrix_is_three(*attentions: MultiHeadAttention) -> None:
    """With a gradient the maps are copied into one matrix, without one they are read where they lie."""
    x = random(B, D, D, seed=1)  # as many tokens as make one product pay
    for attention in attentions:
        with_gradient = attention(x)
        with torch.no_grad():
            torch.testing.assert_close(attention(x), with_gradient.detach(), atol=1e-12, rtol=0)


def test_maps_lie_side_by_side_and_stay_so() -> None:
    made = MultiHeadAttention(D, H)
    assert stacked_in_place(made)
    assert stacked_in_place(made.double())  # moved one by one, and laid together again
    assert len({parameter.data_ptr() for parameter in made.parameters()}) == len(list(made.parameters()))


@pytest.mark.parametrize("bias", [True, False])
def test_one_matrix_is_three_maps(bias: bool) -> None:
    attention = build(bias=bias)
    assert stacked_in_place(attention)
    assert_one_matrix_is_three(attention)


def test_a_map_that_is_changed_or_replaced_is_seen_at_once() -> None:
    attention = build()
    x = random(B, D, D, seed=1)
    with torch.no_grad():
        before = attention(x)
        attention.key.weight.data.mul_(2)
        assert not torch.allclose(attention(x), before)
        assert_one_matrix_is_three(attention)
        attention.value = nn.Linear(D, D).double()
    assert not stacked_in_place(attention)
    assert_one_matrix_is_three(attention)
    copied = copy.deepcopy(attention)
    assert stacked_in_place(copied)
    assert_one_matrix_is_three(copied)


def test_maps_that_lie_in_another_order_are_copied() -> None:
    attention = build()
    attention.query, attention.key = attention.key, attention.query
    assert_one_matrix_is_three(attention)


def test_a_map_that_is_read_by_columns_is_copied() -> None:
    attention = build()
    attention.query.weight.data = attention.query.weight.data.T
    assert_one_matrix_is_three(attention)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("or torch.is_grad_enabled() or not _are_thirds(whole, first, second, third):", "or torch.is_grad_enabled():"),
        ("in_order = first.is_contiguous() and second", "in_order = second"),
    ],
)
def test_a_stack_that_reads_the_wrong_memory_is_caught(right: str, wrong: str) -> None:
    changed = mutant(("attention.stacking", "attention.multi_head"), "attention.stacking", right, wrong)
    attention, crossed = build(changed.MultiHeadAttention), build(changed.MultiHeadAttention)
    crossed.query, crossed.key = crossed.key, crossed.query
    attention.query.weight.data = attention.query.weight.data.T  # the same memory, read by columns
    with pytest.raises((AssertionError, RuntimeError)):
        assert_one_matrix_is_three(attention, crossed)


# --- heads as columns, where no gradient is asked for -----------------------------------------------------------------


def assert_columns_are_rows(*attentions: MultiHeadAttention) -> None:
    """With a gradient the heads are put side by side as rows, without one as columns."""
    x, context = random(B, TQ, D, seed=1), random(B, TK, D, seed=2)
    gate = torch.tensor([1.0, 0.5, 2.0, 0.0][:H], dtype=torch.float64)
    for attention in attentions:
        with_gradient = attention(x, context, gate=gate, return_weights=True)
        with torch.no_grad():
            found = attention(x, context, gate=gate, return_weights=True)
        for one, other in zip(found, with_gradient, strict=True):
            torch.testing.assert_close(one, other.detach(), atol=1e-12, rtol=0)


@pytest.mark.parametrize("bias", [True, False])
def test_heads_as_columns_give_what_they_give_as_rows(bias: bool) -> None:
    assert_columns_are_rows(build(bias=bias))


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("linear.weight.t().expand", "linear.weight.expand"),
        ("heads.transpose(2, 3).flatten(1, 2)", "heads.transpose(1, 3).flatten(1, 2)"),
        ("torch.baddbmm(linear.bias,", "torch.baddbmm(2 * linear.bias,"),
        ("value.transpose(2, 3) @ weights.transpose(2, 3)", "value.transpose(2, 3) @ weights.transpose(2, 3) ** 2"),
    ],
)
def test_columns_that_go_wrong_are_caught(right: str, wrong: str) -> None:
    changed = mutant(("attention.columns", "attention.multi_head"), "attention.columns", right, wrong)
    with pytest.raises((AssertionError, RuntimeError)):
        assert_columns_are_rows(build(changed.MultiHeadAttention))

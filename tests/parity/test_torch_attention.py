"""Attention against torch's own, by copying weights, in float64: outputs, weights and all gradients."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from attnlab.attention import MultiHeadAttention, scaled_dot_product_attention
from attnlab.masks import causal_mask, padding_mask, to_additive_mask, to_torch_mask

# All different, so that no axis can be taken for another: D = H * DH.
B, H, TQ, TK, DH, DV, DC = 2, 3, 4, 5, 6, 8, 7
D = H * DH


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def copy_attention(ours: MultiHeadAttention, theirs: nn.MultiheadAttention) -> None:
    """Give torch's attention random weights, and ours the same."""
    for seed, parameter in enumerate(theirs.parameters()):
        parameter.data.copy_(random(*parameter.shape, seed=seed) / 3)
    if theirs.in_proj_weight is not None:
        weights = theirs.in_proj_weight.data.chunk(3)
    else:
        weights = (theirs.q_proj_weight.data, theirs.k_proj_weight.data, theirs.v_proj_weight.data)
    for ours_part, weight in zip((ours.query, ours.key, ours.value), weights, strict=True):
        ours_part.weight.data.copy_(weight)
    ours.output.weight.data.copy_(theirs.out_proj.weight.data)
    if theirs.in_proj_bias is not None:
        for ours_part, bias in zip((ours.query, ours.key, ours.value), theirs.in_proj_bias.data.chunk(3), strict=True):
            ours_part.bias.data.copy_(bias)
        ours.output.bias.data.copy_(theirs.out_proj.bias.data)


def pair(d_context: int | None = None, *, bias: bool = True) -> tuple[MultiHeadAttention, nn.MultiheadAttention]:
    ours = MultiHeadAttention(D, H, d_context=d_context, bias=bias).double()
    theirs = nn.MultiheadAttention(D, H, kdim=d_context, vdim=d_context, bias=bias, batch_first=True).double()
    copy_attention(ours, theirs)
    return ours, theirs


def gradients_of_projections(attention: MultiHeadAttention | nn.MultiheadAttention) -> list[Tensor]:
    """The gradients of the three maps and of the last."""
    if isinstance(attention, MultiHeadAttention):
        maps = (attention.query, attention.key, attention.value, attention.output)
        return [one.weight.grad for one in maps] + [one.bias.grad for one in maps if one.bias is not None]
    if attention.in_proj_weight is not None:
        weights = list(attention.in_proj_weight.grad.chunk(3))
    else:
        weights = [attention.q_proj_weight.grad, attention.k_proj_weight.grad, attention.v_proj_weight.grad]
    weights.append(attention.out_proj.weight.grad)
    if attention.in_proj_bias is None:
        return weights
    return [*weights, *attention.in_proj_bias.grad.chunk(3), attention.out_proj.bias.grad]


def assert_close(ours: list[Tensor], theirs: list[Tensor]) -> None:
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, other, atol=1e-12, rtol=1e-9)


@pytest.mark.parametrize("cross", [None, D, DC], ids=["self", "cross", "cross of another width"])
@pytest.mark.parametrize("masked", ["", "padding", "mask", "mask of each head"])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("return_weights", [True, False])
def test_multi_head_attention(cross: int | None, masked: str, bias: bool, return_weights: bool) -> None:
    ours, theirs = pair(cross, bias=bias)
    tq = 20 if return_weights and not cross else TQ  # with 40 tokens and D = 18, the maps are stacked
    tk = TK if cross else tq
    inputs = [random(B, tq, D, seed=30)] + ([random(B, tk, cross, seed=31)] if cross else [])
    mask: Tensor | None = None
    options: dict[str, Tensor] = {}
    if masked == "padding":
        mask = padding_mask(torch.tensor([2, tk]), Tk=tk)
        options["key_padding_mask"] = to_torch_mask(mask)[:, 0, 0]
    elif masked:
        of_heads = masked == "mask of each head"
        mask = torch.rand((B, H, tq, tk) if of_heads else (tq, tk), generator=torch.Generator().manual_seed(4)) < 0.6
        mask[..., 0] = True
        options["attn_mask"] = to_torch_mask(mask.flatten(0, 1) if of_heads else mask)

    x, *context = (tensor.clone().requires_grad_() for tensor in inputs)
    x2, *context2 = (tensor.clone().requires_grad_() for tensor in inputs)
    result = ours(x, *context, mask=mask, return_weights=return_weights)
    output, weights = result if return_weights else (result, None)
    source = context2[0] if context2 else x2
    wanted, wanted_weights = theirs(
        x2, source, source, need_weights=return_weights, average_attn_weights=False, **options
    )
    assert_close([output], [wanted])
    if weights is not None:
        assert_close([weights], [wanted_weights])

    upstream = random(*output.shape, seed=32)
    output.backward(upstream)
    wanted.backward(upstream)
    assert_close([x.grad, *(c.grad for c in context)], [x2.grad, *(c.grad for c in context2)])
    assert_close(gradients_of_projections(ours), gradients_of_projections(theirs))


def test_the_fast_path_of_torch() -> None:
    """In eval mode without gradients torch takes another road, and so do we: softmax is written over the scores."""
    ours, theirs = (attention.eval() for attention in pair())
    ours4 = MultiHeadAttention(24, 4).double().eval()  # torch's fast path wants an even number of heads
    theirs4 = nn.MultiheadAttention(24, 4, batch_first=True).double().eval()
    copy_attention(ours4, theirs4)
    with torch.no_grad():
        for one, other, width in ((ours, theirs, D), (ours4, theirs4, 24)):
            x = random(B, 31, width)
            output, weights = one(x, return_weights=True)
            wanted, wanted_weights = other(x, x, x, need_weights=True, average_attn_weights=False)
            assert_close([output, weights, one(x)], [wanted, wanted_weights, wanted])


@pytest.mark.parametrize("shape", ["none", "(Tq, Tk)", "(B, 1, 1, Tk)", "(B, H, Tq, Tk)"])
@pytest.mark.parametrize("biased", [False, True])
@pytest.mark.parametrize("return_weights", [True, False])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_scaled_dot_product(shape: str, biased: bool, return_weights: bool, dtype: torch.dtype) -> None:
    shapes = {"(Tq, Tk)": (TQ, TK), "(B, 1, 1, Tk)": (B, 1, 1, TK), "(B, H, Tq, Tk)": (B, H, TQ, TK)}
    mask = None
    if shape != "none":
        mask = torch.rand(shapes[shape], generator=torch.Generator().manual_seed(1)) < 0.6
        mask[..., 0] = True
    drawn = [random(B, H, TQ, DH), random(B, H, TK, DH, seed=1), random(B, H, TK, DV, seed=2)]
    drawn += [random(1, H, TQ, TK, seed=3)] if biased else []
    query, key, value, *bias = (tensor.to(dtype).requires_grad_() for tensor in drawn)
    query2, key2, value2, *bias2 = (tensor.to(dtype).requires_grad_() for tensor in drawn)
    result = scaled_dot_product_attention(
        query, key, value, mask=mask, bias=bias[0] if bias else None, scale=0.3, return_weights=return_weights
    )
    output = result[0] if isinstance(result, tuple) else result
    # Torch takes a bool mask or numbers to add, not both.
    added = mask
    if bias2:
        added = bias2[0] if mask is None else bias2[0] + to_additive_mask(mask, dtype)
    wanted = F.scaled_dot_product_attention(query2, key2, value2, attn_mask=added, scale=0.3)
    upstream = random(*output.shape, seed=5).to(dtype)
    output.backward(upstream)
    wanted.backward(upstream)
    tolerance = 1e-12 if dtype == torch.float64 else 1e-5
    for one, other in (
        (output, wanted),
        *((a.grad, b.grad) for a, b in zip((query, key, value, *bias), (query2, key2, value2, *bias2), strict=True)),
    ):
        torch.testing.assert_close(one, other, atol=tolerance, rtol=tolerance)


def test_causal_mask_equals_is_causal() -> None:
    query, key, value = random(B, H, TK, DH), random(B, H, TK, DH, seed=1), random(B, H, TK, DV, seed=2)
    wanted = F.scaled_dot_product_attention(query, key, value, is_causal=True)
    assert_close([scaled_dot_product_attention(query, key, value, mask=causal_mask(TK))], [wanted])

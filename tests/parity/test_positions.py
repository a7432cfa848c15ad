"""Positions equal those of the Transformers library: Llama, GPT-J, T5, BLOOM and MPT, on many sizes."""

import math

import pytest
import torch
from torch import Tensor
from transformers import LlamaConfig, T5Config
from transformers.models.bloom.modeling_bloom import build_alibi_tensor
from transformers.models.gptj import modeling_gptj
from transformers.models.llama import modeling_llama
from transformers.models.mpt.modeling_mpt import build_mpt_alibi_tensor
from transformers.models.t5.modeling_t5 import T5Attention

from attnlab.positions import (
    RotaryPositions,
    T5RelativeBias,
    adjacent_to_halves,
    alibi_bias,
    alibi_slopes,
    frequencies,
    relative_buckets,
)

B, H = 2, 3


def randn(seed: int, *shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


# --- rotary -----------------------------------------------------------------------------------------------------------


def llama(query: Tensor, key: Tensor, positions: Tensor, base: float) -> tuple[Tensor, Tensor]:
    dim = query.shape[-1]
    config = LlamaConfig(
        hidden_size=5 * dim,
        num_attention_heads=5,
        head_dim=dim,
        rope_parameters={"rope_type": "default", "rope_theta": base},
    )
    cos, sin = modeling_llama.LlamaRotaryEmbedding(config)(query, positions.expand(len(query), -1))
    # Its angles are float32, whatever the queries are.
    return modeling_llama.apply_rotary_pos_emb(query, key, cos, sin)


@pytest.mark.parametrize("dim", [2, 4, 6, 32, 64, 80, 128])
@pytest.mark.parametrize("base", [10000.0, 500000.0, 100.0])
@pytest.mark.parametrize("start", [0, 1, 37, 1000])
def test_halves_are_llamas(dim: int, base: float, start: int) -> None:
    length = 5 + dim % 7
    query, key = randn(1, B, H, length, dim), randn(2, B, H, length, dim)
    positions = torch.arange(start, start + length)
    theirs = llama(query, key, positions, base)
    rotary = RotaryPositions(dim, base=base, pairing="halves")
    tolerance = 1e-6 * (1 + start)  # of an angle in float32, times an entry of about 4
    for found, wanted in zip((rotary(query, positions), rotary(key, positions)), theirs, strict=True):
        torch.testing.assert_close(found, wanted, atol=tolerance, rtol=0)
    adjacent = RotaryPositions(dim, base=base)
    order = adjacent_to_halves(dim)
    torch.testing.assert_close(adjacent(query, positions)[..., order], rotary(query[..., order], positions))
    if dim > 2 and base == 10000.0:  # the other pairing is caught, and so is the other base, and a shift
        wrong = (adjacent, RotaryPositions(dim, base=9000.0, pairing="halves"))
        tables = [mistaken(query, positions) for mistaken in wrong] + [rotary(query, positions + 1)]
        for table in tables:
            assert (table - theirs[0]).abs().max() > 10 * tolerance


@pytest.mark.parametrize("dim", [2, 4, 10, 64])
@pytest.mark.parametrize("start", [0, 50])
def test_adjacent_pairs_are_gptjs(dim: int, start: int) -> None:
    length = 6
    x, positions = randn(3, B, H, length, dim), torch.arange(start, start + length)
    table = modeling_gptj.create_sinusoidal_positions(start + length, dim)[positions].double()  # sines, then cosines
    sin, cos = (half.expand(B, -1, -1) for half in table.chunk(2, dim=-1))
    wanted = modeling_gptj.apply_rotary_pos_emb(x.transpose(1, 2), sin, cos).transpose(1, 2)  # it has (B, T, H, Dh)
    torch.testing.assert_close(RotaryPositions(dim)(x, positions), wanted, atol=1e-6 * (1 + start), rtol=0)


@pytest.mark.parametrize("dim", [2, 6, 64, 128])
def test_frequencies_are_llamas(dim: int) -> None:
    config = LlamaConfig(hidden_size=3 * dim, num_attention_heads=3, head_dim=dim)
    theirs = modeling_llama.LlamaRotaryEmbedding(config).inv_freq
    base = config.rope_parameters["rope_theta"]
    torch.testing.assert_close(frequencies(dim, base=base).float(), theirs, rtol=1e-6, atol=0)


# --- T5 ---------------------------------------------------------------------------------------------------------------

BUCKETS = [(32, 128), (32, 256), (64, 128), (16, 20), (8, 9), (4, 3), (12, 100), (10, 1000), (100, 400)]


@pytest.mark.parametrize("bidirectional", [True, False])
@pytest.mark.parametrize(("n_buckets", "max_distance"), [*BUCKETS, (7, 33), (2, 2), (33, 128)])
def test_buckets_are_t5s(bidirectional: bool, n_buckets: int, max_distance: int) -> None:
    if bidirectional and (n_buckets % 2 or n_buckets < 4):
        n_buckets = 2 * n_buckets
    if max_distance <= n_buckets // (4 if bidirectional else 2):
        max_distance += n_buckets
    distances = torch.arange(-3000, 3001).view(17, 353)
    theirs = T5Attention._relative_position_bucket(distances, bidirectional, n_buckets, max_distance)
    found = relative_buckets(distances, bidirectional=bidirectional, n_buckets=n_buckets, max_distance=max_distance)
    assert torch.equal(found, theirs)
    for mistaken in (-distances, distances + 1):
        assert not torch.equal(
            relative_buckets(mistaken, bidirectional=bidirectional, n_buckets=n_buckets, max_distance=max_distance),
            theirs,
        )


@pytest.mark.parametrize("decoder", [False, True])
@pytest.mark.parametrize(("tq", "tk"), [(5, 5), (3, 9), (1, 200), (300, 301)])
def test_the_bias_is_t5s(decoder: bool, tq: int, tk: int) -> None:
    config = T5Config(d_model=12, d_kv=4, num_heads=H, is_decoder=decoder, relative_attention_max_distance=100)
    theirs = T5Attention(config, has_relative_attention_bias=True, layer_idx=0).double()
    ours = T5RelativeBias(H, max_distance=100, bidirectional=not decoder).double()
    generator = torch.Generator().manual_seed(4)
    ours.weight.data.normal_(generator=generator)
    theirs.relative_attention_bias.weight.data.copy_(ours.weight)
    wanted = theirs.compute_bias(tq, tk, past_seen_tokens=tk - tq)
    assert torch.equal(ours(tq, tk), wanted)
    if tq < tk:  # as if the queries were the first
        assert not torch.equal(ours(tq, tk), theirs.compute_bias(tq, tk))


# --- ALiBi ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n_heads", [*range(1, 34), 40, 48, 71, 96, 112, 128])
def test_slopes_are_blooms_and_mpts(n_heads: int) -> None:
    length = 6
    bloom = build_alibi_tensor(torch.ones(1, length), n_heads, torch.float32)  # (H, 1, T), rising from 0
    mpt = build_mpt_alibi_tensor(n_heads, length)  # (H, 1, T), rising to 0
    slopes = alibi_slopes(n_heads)
    torch.testing.assert_close(bloom[:, 0, 1], slopes, rtol=2e-6, atol=0)
    torch.testing.assert_close(-mpt[:, 0, -2], slopes, rtol=2e-6, atol=0)
    # MPT's is the row of the last query.
    torch.testing.assert_close(alibi_bias(n_heads, 1, length)[0], mpt, rtol=2e-6, atol=0)


@pytest.mark.parametrize("n_heads", [1, 6, 8])
@pytest.mark.parametrize(("tq", "tk"), [(7, 7), (4, 11)])
def test_weights_under_a_causal_mask_are_blooms(n_heads: int, tq: int, tk: int) -> None:
    """BLOOM's bias rises from 0 instead of falling to both sides: under a causal mask softmax cannot tell."""
    scores = randn(5, B, n_heads, tq, tk)
    future = torch.ones(tq, tk, dtype=torch.bool).triu(tk - tq + 1)
    bloom = build_alibi_tensor(torch.ones(1, tk), n_heads, torch.float32).double()
    wanted = (scores + bloom).masked_fill(future, -math.inf).softmax(-1)
    bias = alibi_bias(n_heads, tq, tk, dtype=torch.float64)
    torch.testing.assert_close((scores + bias).masked_fill(future, -math.inf).softmax(-1), wanted, rtol=0, atol=1e-6)
    turned = (scores - bias).masked_fill(future, -math.inf).softmax(-1)
    assert (turned - wanted).abs().max() > 1e-3

"""The three families: what must not change what, caches, records, gates, weights, and mistakes that people make."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from attnlab.transformer import DecoderOnly, EncoderDecoder, EncoderOnly, Transformer, TransformerConfig
from attnlab.transformer.sublayers import Embedding

V, SV, D, H, FF, LONGEST = 23, 19, 12, 3, 7, 11  # all different
POSITIONS = ("sinusoidal", "learned", "rotary", "alibi", "none")
positions = pytest.mark.parametrize("positions", POSITIONS)
norms = pytest.mark.parametrize("norm", ["post", "pre"])
FAMILIES = (EncoderOnly, DecoderOnly, EncoderDecoder)
BASE = TransformerConfig(V, D, H, n_layers=2, d_ff=FF, max_length=LONGEST, n_decoder_layers=3)
BERT = {"activation": "gelu", "positions": "learned", "n_segments": 2, "embedding_norm": True, "layer_norm_eps": 1e-12}


def build(family: type[Transformer], seed: int = 0, **changes: object) -> Transformer:
    """A model in float64 whose biases and norms are random too, so that none of them can be forgotten."""
    generator = torch.Generator().manual_seed(seed)
    model = family(replace(BASE, final_norm=None, scale_embeddings=None, **changes), generator=generator)
    model = model.double().eval()
    for parameter in model.parameters():
        if parameter.dim() == 1:
            noise = torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
            parameter.data += noise / 5
    return model


def draw(*shape: int, seed: int = 0, below: int = V) -> Tensor:
    return torch.randint(0, below, shape, generator=torch.Generator().manual_seed(seed))


def close(one: Tensor, other: Tensor) -> bool:
    return one.shape == other.shape and torch.allclose(one, other, atol=1e-10)


def outputs(model: Transformer, ids: Tensor, mask: Tensor | None = None, **more: object) -> Tensor:
    """What a model makes of the ids; an encoder-decoder reads a fixed source beside them."""
    with torch.no_grad():
        if isinstance(model, EncoderDecoder):
            return model(draw(1, 6, seed=77).expand(len(ids), 6), ids, target_mask=mask, **more)
        return model(ids, mask, **more)


# --- what must not change what ----------------------------------------------------------------------------------------


def assert_future_changes_nothing(model: Transformer) -> None:
    """Fails if a changed token changes an earlier output, or if it changes nothing at all."""
    ids = draw(2, 7, seed=1)
    before = outputs(model, ids)
    for t in range(7):
        changed = ids.clone()
        changed[:, t] = (ids[:, t] + 1) % V
        after = outputs(model, changed)
        assert close(after[:, :t], before[:, :t])
        assert not torch.allclose(after[:, t], before[:, t], atol=1e-6)


@positions
@norms
@pytest.mark.parametrize("family", [DecoderOnly, EncoderDecoder])
def test_a_changed_future_changes_no_earlier_output(family: type[Transformer], norm: str, positions: str) -> None:
    assert_future_changes_nothing(build(family, norm=norm, positions=positions))


def test_an_encoder_sees_the_future() -> None:
    with pytest.raises(AssertionError):
        assert_future_changes_nothing(build(EncoderOnly))


@settings(deadline=None, max_examples=30)
@given(st.sampled_from(FAMILIES), st.sampled_from(POSITIONS), st.integers(1, 5), st.integers(1, 5), st.integers(0, 99))
def test_extra_padding_changes_nothing(family: type[Transformer], kind: str, n: int, more: int, seed: int) -> None:
    model = build(family, positions=kind)
    ids = draw(2, n + more, seed=seed)
    mask = torch.arange(n + more).expand(2, -1) < n
    assert close(outputs(model, ids, mask)[:, :n], outputs(model, ids[:, :n]))


@positions
def test_extra_padding_of_the_source_changes_nothing(positions: str) -> None:
    model = build(EncoderDecoder, positions=positions)
    source, target = draw(2, 8), draw(2, 4, seed=1)
    mask = torch.arange(8).expand(2, -1) < 5
    with torch.no_grad():
        assert close(model(source, target, mask), model(source[:, :5], target))


def test_pad_id_is_masked_unless_a_mask_is_given() -> None:
    ids = torch.tensor([[5, 6, 7, 2, 2], [5, 6, 7, 8, 9]])
    for family in (EncoderOnly, DecoderOnly):
        model, plain = build(family, pad_id=2), build(family)
        assert close(outputs(model, ids), outputs(plain, ids, ids != 2))
        assert close(outputs(model, ids, torch.ones_like(ids, dtype=torch.bool)), outputs(plain, ids))
    model, plain = build(EncoderDecoder, pad_id=2), build(EncoderDecoder)
    with torch.no_grad():
        assert close(model(ids, ids), plain(ids, ids, ids != 2, ids != 2))


@settings(deadline=None, max_examples=20)
@given(st.permutations(range(6)), st.sampled_from(["post", "pre"]))
def test_without_positions_permuted_tokens_permute_outputs(order: list[int], norm: str) -> None:
    ids = draw(2, 6)
    model = build(EncoderOnly, norm=norm, positions="none")
    assert close(outputs(model, ids[:, order]), outputs(model, ids)[:, order])


@pytest.mark.parametrize("positions", POSITIONS[:-1])
def test_with_positions_the_order_counts(positions: str) -> None:
    ids = torch.tensor([[3, 4, 5]])
    model = build(EncoderOnly, positions=positions)
    assert not torch.allclose(outputs(model, ids.roll(1, 1)), outputs(model, ids).roll(1, 1), atol=1e-4)


@positions
def test_a_text_of_padding_alone_is_finite_forward_and_backward(positions: str) -> None:
    ids = draw(2, 5)
    mask = torch.tensor([[True] * 5, [False] * 5])
    for family in FAMILIES:
        model = build(family, positions=positions, norm="pre")
        for record in (None, {}):
            result = model(ids, ids, mask, mask) if family is EncoderDecoder else model(ids, mask)
            if record is not None:
                result = outputs(model, ids, mask, record=record)
                assert all(tensor.isfinite().all() for tensor in record.values())
                continue
            result.sum().backward()
            assert result.isfinite().all()
            assert all(p.grad is None or p.grad.isfinite().all() for p in model.parameters())


@norms
def test_gradients(norm: str) -> None:
    """Of the loss in the vectors that enter, through every layer, by finite differences."""
    model = build(EncoderDecoder, norm=norm, activation="gelu")
    source = torch.randn(1, 3, D, generator=torch.Generator().manual_seed(0), dtype=torch.float64).requires_grad_()
    target = torch.randn(1, 2, D, generator=torch.Generator().manual_seed(1), dtype=torch.float64).requires_grad_()
    assert torch.autograd.gradcheck(lambda s, t: model.logits(model.decoder(t, model.encoder(s))), (source, target))


# --- cache ------------------------------------------------------------------------------------------------------------


def pieces_of(model: Transformer, ids: Tensor, sizes: tuple[int, ...], mask: Tensor | None = None) -> Tensor:
    """The logits of a text that is read in pieces of these sizes."""
    cache, found, start = model.new_cache(), [], 0
    with torch.no_grad():
        memory = model.encode(draw(1, 6, seed=77).expand(len(ids), 6)) if isinstance(model, EncoderDecoder) else None
        for size in sizes:
            part = slice(start, start + size)
            part_mask = None if mask is None else mask[:, part]
            if isinstance(model, EncoderDecoder):
                found.append(model.decode(ids[:, part], memory, target_mask=part_mask, cache=cache))
            else:
                found.append(model(ids[:, part], part_mask, cache=cache))
            start += size
            assert cache.length == start
    return torch.cat(found, dim=1)


def assert_cache_equals_no_cache(model: Transformer, mask: Tensor | None = None) -> None:
    ids = draw(2, 7, seed=5)
    wanted = outputs(model, ids, mask)
    for sizes in ((1,) * 7, (3, 4), (2, 1, 4), (7,)):
        assert close(pieces_of(model, ids, sizes, mask), wanted)


@positions
@norms
@pytest.mark.parametrize("family", [DecoderOnly, EncoderDecoder])
@pytest.mark.parametrize("masked", [False, True])
def test_cache_equals_no_cache(family: type[Transformer], norm: str, positions: str, masked: bool) -> None:
    mask = torch.tensor([[True] * 7, [True, False, True, True, False, True, True]]) if masked else None
    assert_cache_equals_no_cache(build(family, norm=norm, positions=positions), mask)


def test_a_mask_may_come_late_and_go_early() -> None:
    model, ids = build(DecoderOnly), draw(2, 6)
    mask = torch.ones(2, 6, dtype=torch.bool)
    mask[1, 2:4] = False
    cache = model.new_cache()
    with torch.no_grad():
        found = [
            model(ids[:, :2], cache=cache),
            model(ids[:, 2:4], mask[:, 2:4], cache=cache),
            model(ids[:, 4:], cache=cache),
        ]
    assert close(torch.cat(found, 1), outputs(model, ids, mask))


@pytest.mark.parametrize("family", [DecoderOnly, EncoderDecoder])
def test_a_reordered_cache_goes_on_with_the_chosen_rows(family: type[Transformer]) -> None:
    model, ids, rows = build(family), draw(2, 5), torch.tensor([1, 1, 0])
    source, mask = draw(1, 6, seed=77), torch.tensor([[True] * 4, [True, False, True, True]])
    cache = model.new_cache()
    with torch.no_grad():
        if isinstance(model, EncoderDecoder):
            memory = model.encode(source)
            model.decode(ids[:, :4], memory.expand(2, -1, -1), target_mask=mask, cache=cache)
            cache.reorder(rows)
            last = model.decode(ids[rows, 4:], memory.expand(3, -1, -1), cache=cache)
        else:
            model(ids[:, :4], mask, cache=cache)
            cache.reorder(rows)
            last = model(ids[rows, 4:], cache=cache)
    whole = torch.cat((mask, torch.ones(2, 1, dtype=torch.bool)), 1)
    assert close(last, outputs(model, ids[rows], whole[rows])[:, 4:])


def test_the_memory_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    model, ids, calls = build(EncoderDecoder), draw(1, 4), []
    for layer in model.decoder.layers:
        layer.cross_attention.key.register_forward_hook(lambda *_: calls.append(1))
    pieces_of(model, ids, (1, 1, 1, 1))
    assert len(calls) == 3  # once in each layer


# --- records and gates ------------------------------------------------------------------------------------------------


@positions
@pytest.mark.parametrize("family", FAMILIES)
def test_recording_changes_nothing_and_names_are_stable(family: type[Transformer], positions: str) -> None:
    model, ids, record = build(family, positions=positions), draw(2, 5), {}
    assert close(outputs(model, ids, record=record), outputs(model, ids))
    attention = ["query", "key", "value", "scores", "weights", "heads", "output"]
    stacks = {
        "encoder": (["attention"], 2) if family is not DecoderOnly else ([], 0),
        "decoder": {
            EncoderOnly: ([], 0),
            DecoderOnly: (["self_attention"], 2),
            EncoderDecoder: (["self_attention", "cross_attention"], 3),
        }[family],
    }
    wanted = {"logits"} if family is not EncoderOnly else set()
    for stack, (names, n_layers) in stacks.items():
        wanted |= {f"{stack}.embedding", f"{stack}.output"} if n_layers else set()
        for layer in (f"{stack}.layers.{i}" for i in range(n_layers)):
            wanted |= {f"{layer}.{name}.{part}" for name in names for part in attention}
            wanted |= {
                f"{layer}.{name}_add_norm.{p}" for name in (*names, "feed_forward") for p in ("sum", "normalized")
            }
            wanted |= {f"{layer}.output", f"{layer}.feed_forward.hidden", f"{layer}.feed_forward.output"}
    assert set(record) == wanted


def test_what_is_recorded() -> None:
    model, source, target, record = build(EncoderDecoder), draw(2, 5), draw(2, 4, seed=1), {}
    logits = model(source, target, record=record)
    assert torch.equal(record["logits"], logits)
    assert record["encoder.layers.1.attention.weights"].shape == (2, H, 5, 5)
    assert record["decoder.layers.2.cross_attention.weights"].shape == (2, H, 4, 5)
    assert record["decoder.layers.0.self_attention.query"].shape == (2, H, 4, D // H)
    assert record["decoder.layers.0.feed_forward.hidden"].shape == (2, 4, FF)
    assert record["decoder.layers.0.self_attention.weights"].triu(1).abs().max() == 0
    assert torch.equal(record["encoder.layers.1.output"], record["encoder.output"])  # post-norm has no last norm
    assert close(model.encode(source), record["encoder.output"])


@pytest.mark.parametrize("family", FAMILIES)
def test_gates(family: type[Transformer]) -> None:
    model, ids = build(family), draw(2, 5)
    before = outputs(model, ids)
    assert close(outputs(model, ids, gates={name: torch.ones(H) for name in model.attention_names}), before)
    for name in model.attention_names:
        gate = torch.tensor([1.0, 0.0, 1.0])
        record: dict[str, Tensor] = {}
        after = outputs(model, ids, gates={name: gate}, record=record)
        assert not torch.allclose(after, before, atol=1e-6)
        assert (record[f"{name}.heads"][:, 1] == 0).all()
        assert (record[f"{name}.heads"][:, ::2] != 0).all()
        # A head that is gated away and one whose columns of W_O are zero are the same.
        output = model.get_submodule(name).output
        kept = output.weight.data.clone()
        output.weight.data[:, D // H : 2 * D // H] = 0
        assert close(outputs(model, ids), after)
        output.weight.data.copy_(kept)


# --- weights ----------------------------------------------------------------------------------------------------------


def test_tied_embeddings() -> None:
    tied = build(EncoderDecoder)
    assert tied.source_embedding is None  # all three are one
    assert tied.unembedding is None
    hidden = torch.randn(1, 2, D, dtype=torch.float64)
    assert torch.equal(tied.logits(hidden), hidden @ tied.embedding.tokens.weight.T)
    own_source = build(EncoderDecoder, source_vocab_size=SV)
    assert own_source.source_embedding.tokens.weight.shape == (SV, D)
    assert own_source.unembedding is None
    free = build(EncoderDecoder, tie_embeddings=False)
    assert free.source_embedding.tokens.weight.shape == (V, D)
    assert torch.equal(free.logits(hidden), hidden @ free.unembedding.weight.T)
    assert free.embedding.tokens.weight.data_ptr() != free.unembedding.weight.data_ptr()


@pytest.mark.parametrize("changes", [{}, {"source_vocab_size": SV}, {"tie_embeddings": False}])
def test_no_weight_is_stored_twice_and_a_state_fits_another_model(changes: dict) -> None:
    for family in FAMILIES:
        model, other = build(family, **changes), build(family, seed=1, **changes)
        state = model.state_dict()
        assert len({tensor.data_ptr() for tensor in state.values()}) == len(state)
        assert not close(outputs(other, draw(2, 5, below=SV)), outputs(model, draw(2, 5, below=SV)))
        other.load_state_dict(state)
        assert close(outputs(other, draw(2, 5, below=SV)), outputs(model, draw(2, 5, below=SV)))


def test_how_many_weights_the_base_model_of_2017_has() -> None:
    """Table 3 says 65 million, with a vocabulary of about 37,000."""
    config = TransformerConfig(37000, d_model=512, n_heads=8, n_layers=6, d_ff=2048, max_length=64)
    with torch.device("meta"):
        model = EncoderDecoder(config)
    attention, forward, norm = 4 * (512 * 512 + 512), 2 * 512 * 2048 + 2048 + 512, 2 * 512
    by_hand = 37000 * 512 + 6 * (attention + forward + 2 * norm) + 6 * (2 * attention + forward + 3 * norm)
    assert sum(parameter.numel() for parameter in model.parameters()) == by_hand == 63_082_496


def test_embeddings_are_scaled_and_positions_added() -> None:
    config = replace(BASE, max_length=5)
    embedding = Embedding(config)
    ids = torch.tensor([[4, 4]])
    x = embedding(ids, start=1)
    angles = torch.tensor([1.0, 2.0])
    token = embedding.tokens.weight[4] * 12**0.5
    assert torch.allclose(x[0, :, 0], token[0] + angles.sin())
    assert torch.allclose(x[0, :, 1], token[1] + angles.cos())
    plain = Embedding(replace(config, positions="none", scale_embeddings=False))
    assert torch.equal(plain(ids)[0, 0], plain.tokens.weight[4])


def test_bert_by_hand() -> None:
    """Embeddings as in BERT: token + position + segment, normalized; then post-norm layers and nothing after them."""
    model = build(EncoderOnly, **BERT)
    ids, segments, record = draw(1, 4), torch.tensor([[0, 0, 1, 1]]), {}
    hidden = model(ids, segments=segments, record=record)
    parts = model.embedding
    total = parts.tokens.weight[ids] + parts.positions.weight[:4] + parts.segments.weight[segments]
    centered = total - total.mean(-1, keepdim=True)
    normalized = centered / (centered.pow(2).mean(-1, keepdim=True) + 1e-12).sqrt()
    assert close(record["encoder.embedding"], normalized * parts.norm.weight + parts.norm.bias)
    assert torch.equal(hidden, record["encoder.layers.1.output"])
    assert isinstance(model.encoder.norm, nn.Identity)
    first = record["encoder.layers.0.feed_forward.hidden"]
    entering = record["encoder.layers.0.attention_add_norm.normalized"]
    z = model.encoder.layers[0].feed_forward.enlarge(entering)
    assert close(first, z * (1 + torch.erf(z / 2**0.5)) / 2)
    assert close(outputs(model, ids), outputs(model, ids, segments=torch.zeros_like(ids)))


@pytest.mark.parametrize("family", FAMILIES)
def test_a_generator_decides_all_first_weights(family: type[Transformer]) -> None:
    config = replace(BASE, positions="learned", n_segments=2, tie_embeddings=False)
    models = [family(config, generator=torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)]
    for name, parameter in models[0].named_parameters():
        assert torch.equal(parameter, models[1].get_parameter(name)), name
        if parameter.dim() > 1:
            assert not torch.equal(parameter, models[2].get_parameter(name)), name


def test_dropout_in_training_alone() -> None:
    model, ids = build(EncoderOnly, dropout=0.3), draw(2, 5)
    assert close(outputs(model, ids), outputs(build(EncoderOnly), ids))
    model.train()
    assert not torch.allclose(outputs(model, ids), outputs(model, ids))


# --- planted mistakes -------------------------------------------------------------------------------------------------


def test_a_causal_mask_that_shows_the_next_token_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    from attnlab.transformer.layers import causal_mask

    def off_by_one(Tq: int, Tk: int, device: object) -> Tensor:
        return causal_mask(Tq, Tk, offset=Tk - Tq + 1)

    for mutant in (off_by_one, lambda Tq, Tk, device: None, lambda Tq, Tk, device: ~causal_mask(Tq, Tk)):
        monkeypatch.setattr("attnlab.transformer.layers.causal_mask", mutant)
        with pytest.raises(AssertionError):
            assert_future_changes_nothing(build(DecoderOnly))


@pytest.mark.parametrize("positions", ["sinusoidal", "learned"])
def test_a_cache_without_position_offset_is_caught(positions: str, monkeypatch: pytest.MonkeyPatch) -> None:
    forward = Embedding.forward
    monkeypatch.setattr(Embedding, "forward", lambda self, ids, *, start=0, segments=None: forward(self, ids))
    with pytest.raises(AssertionError):
        assert_cache_equals_no_cache(build(DecoderOnly, positions=positions))


def test_a_cache_that_forgets_the_padding_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    from attnlab.attention.cache import ModelCache

    def forgetful(self: ModelCache, new: Tensor | None, batch: int, n_tokens: int) -> Tensor | None:
        if new is None:
            return None
        return torch.cat((torch.ones(batch, self.length, dtype=torch.bool), new), 1)

    monkeypatch.setattr(ModelCache, "extend_token_mask", forgetful)
    with pytest.raises(AssertionError):
        test_cache_equals_no_cache(DecoderOnly, "post", "none", True)


Pairing = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]  # logits (B, T, V), ids (B, T) -> predictions, targets

PAIRINGS: dict[str, Pairing] = {
    "each token after the one that predicts it": lambda logits, ids: (logits[:, :-1], ids[:, 1:]),
    "no shift": lambda logits, ids: (logits, ids),
    "shifted the wrong way": lambda logits, ids: (logits[:, 1:], ids[:, :-1]),
    "shifted twice": lambda logits, ids: (logits[:, :-2], ids[:, 2:]),
}


def assert_predicts_the_next_token(pairing: Pairing) -> None:
    """Fails unless each target is the first token that its prediction has not read."""
    model, ids = build(DecoderOnly), draw(1, 6, seed=3)
    predictions, targets = pairing(outputs(model, ids), ids)
    for t in range(6):
        changed = ids.clone()
        changed[0, t] = (ids[0, t] + 1) % V
        after, after_targets = pairing(outputs(model, changed), changed)
        read = (after != predictions).any(-1)[0]  # which predictions have read token t
        is_target = (after_targets != targets)[0]
        assert not (read & is_target).any()
        place = is_target.nonzero().flatten().tolist()
        assert (place == [] and t == 0) or (len(place) == 1 and read[place[0] + 1 :].all())


def test_the_target_is_the_next_token() -> None:
    assert_predicts_the_next_token(PAIRINGS["each token after the one that predicts it"])


@pytest.mark.parametrize("name", list(PAIRINGS)[1:])
def test_a_wrong_shift_of_the_targets_is_caught(name: str) -> None:
    with pytest.raises(AssertionError):
        assert_predicts_the_next_token(PAIRINGS[name])


# --- configuration ----------------------------------------------------------------------------------------------------


def test_defaults_that_follow_from_others() -> None:
    assert BASE.scale_embeddings is True
    assert BASE.final_norm is False
    assert replace(BASE, norm="pre", final_norm=None).final_norm is True
    assert replace(BASE, positions="learned", scale_embeddings=None).scale_embeddings is False
    assert replace(BASE, positions="learned", scale_embeddings=True).scale_embeddings is True
    with pytest.raises(AttributeError):
        BASE.d_model = 8  # type: ignore[misc]


def test_a_configuration_survives_json() -> None:
    config = replace(BASE, norm="pre", positions="rotary", source_vocab_size=SV, dropout=0.1, pad_id=0)
    assert TransformerConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config
    with pytest.raises(ValueError, match="unknown names d_modell; known are vocab_size, d_model"):
        TransformerConfig.from_dict({"d_modell": 8})
    with pytest.raises(TypeError, match="d_model"):
        TransformerConfig.from_dict({"vocab_size": 8})


@pytest.mark.parametrize(
    ("error", "changes", "words"),
    [
        (ValueError, {"n_heads": 5}, "d_model=12 is not divisible by n_heads=5"),
        (ValueError, {"d_model": 9}, "d_model=9 is odd"),
        (ValueError, {"d_model": 9, "positions": "rotary"}, "d_model / n_heads = 3 is odd"),
        (ValueError, {"vocab_size": 0}, "vocab_size must be at least 1, got 0"),
        (ValueError, {"max_length": -1}, "max_length must be at least 1, got -1"),
        (ValueError, {"n_decoder_layers": 0}, "n_decoder_layers must be at least 1, got 0"),
        (ValueError, {"n_segments": -1}, "n_segments must be at least 0, got -1"),
        (TypeError, {"n_layers": 2.0}, "n_layers must be an integer, got 2.0"),
        (TypeError, {"d_ff": True}, "d_ff must be an integer, got True"),
        (TypeError, {"n_segments": None}, "n_segments must be an integer, got None"),
        (ValueError, {"norm": "middle"}, r"norm must be one of \('post', 'pre'\), got 'middle'"),
        (ValueError, {"activation": "tanh"}, "activation must be one of .* got 'tanh'"),
        (ValueError, {"positions": None}, "positions must be one of .* got None"),
        (ValueError, {"dropout": 1.0}, "dropout .* got 1.0"),
        (TypeError, {"dropout": "0.1"}, "dropout must be a number, got '0.1'"),
        (ValueError, {"layer_norm_eps": 0.0}, "layer_norm_eps must be above 0, got 0.0"),
        (TypeError, {"tie_embeddings": 1}, "tie_embeddings must be True or False, got 1"),
        (ValueError, {"pad_id": V}, "pad_id=23 is not in a vocabulary of 23 tokens"),
        (ValueError, {"pad_id": 20, "source_vocab_size": SV}, "pad_id=20 is not in a vocabulary of 19 tokens"),
    ],
)
def test_errors_of_the_configuration(error: type[Exception], changes: dict, words: str) -> None:
    with pytest.raises(error, match=words):
        replace(BASE, **changes)


# --- errors quote both numbers ----------------------------------------------------------------------------------------

ok, real = torch.ones(2, 5, dtype=torch.int64), torch.ones(2, 5, dtype=torch.bool)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(
    ("error", "ids", "options", "words"),
    [
        (ValueError, torch.tensor([[0, V]]), {}, "must be from 0 to 22, got 23"),
        (ValueError, torch.tensor([[0, -1]]), {}, "must be from 0 to 22, got -1"),
        (ValueError, ok[0], {}, r"must be \(B, T\) with at least one token, got shape \(5,\)"),
        (ValueError, ok[:0], {}, r"got shape \(0, 5\)"),
        (ValueError, ok[:, :0], {}, r"got shape \(2, 0\)"),
        (ValueError, torch.ones(1, 12, dtype=torch.int64), {}, "12 tokens, but max_length=11"),
        (TypeError, ok.double(), {}, "must be int64 or int32, got torch.float64"),
        (TypeError, real, {}, "must be int64 or int32, got torch.bool"),
        (TypeError, ok.tolist(), {}, "must be a torch tensor, got list"),
        (ValueError, ok.to("meta"), {}, "are on meta but the model is on cpu"),
        (TypeError, ok, {"mask": ok}, "must be a bool tensor .* got torch.int64"),
        (TypeError, ok, {"mask": [True]}, "must be a bool tensor .* got list"),
        (ValueError, ok, {"mask": real[:, :4]}, r"mask of shape \(2, 4\) for tokens \(2, 5\)"),
        (ValueError, ok, {"mask": real[:1]}, r"mask of shape \(1, 5\) for tokens \(2, 5\)"),
        (ValueError, ok, {"mask": real.to("meta")}, "mask is on meta but the tokens are on cpu"),
        (ValueError, ok, {"gates": {"encoder.layer": torch.ones(H)}}, "no attention is named 'encoder.layer'; known"),
        (TypeError, ok, {"record": []}, "record must be a dict to fill, got list"),
    ],
)
def test_errors(family: type[Transformer], error: type[Exception], ids: Tensor, options: dict, words: str) -> None:
    model, more = build(family), {name: option for name, option in options.items() if name != "mask"}
    if family is not EncoderDecoder:
        with pytest.raises(error, match=words):
            model(ids, options.get("mask"), **more)
        return
    with pytest.raises(error, match=words):
        model(ok, ids, target_mask=options.get("mask"), **more)
    with pytest.raises(error, match=words):
        model(ids, ok, options.get("mask"), **more)


def test_errors_of_gates_segments_memory_and_cache() -> None:
    model = build(EncoderOnly, **BERT)
    with pytest.raises(ValueError, match=r"gate of encoder.layers.0.attention has shape \(4,\), not \(3,\)"):
        model(ok, gates={"encoder.layers.0.attention": torch.ones(H + 1)})
    with pytest.raises(ValueError, match="segments must be from 0 to 1, got 2"):
        model(ok, segments=ok + 1)
    with pytest.raises(ValueError, match=r"ids have shape \(2, 5\) but segments \(2, 4\)"):
        model(ok, segments=ok[:, :4])
    with pytest.raises(ValueError, match="this model has no segments"):
        build(EncoderOnly)(ok, segments=ok)

    decoder = build(DecoderOnly)
    cache = decoder.new_cache()
    decoder(draw(1, 9), cache=cache)
    with pytest.raises(ValueError, match="3 tokens after 9 in the cache, but max_length=11"):
        decoder(draw(1, 3), cache=cache)
    with pytest.raises(ValueError, match="the cache holds 1 texts, got 2"):
        decoder(draw(2, 1), cache=cache)
    assert cache.length == 9  # what failed left nothing behind
    with pytest.raises(ValueError, match="the cache has 3 layers, the model 2"):
        decoder(draw(1, 1), cache=build(EncoderDecoder).new_cache())

    both = build(EncoderDecoder)
    memory = both.encode(ok)
    with pytest.raises(ValueError, match=r"target has a batch of 1 but memory has shape \(2, 5, 12\)"):
        both.decode(ok[:1], memory)
    with pytest.raises(ValueError, match=r"mask of shape \(2, 4\) for tokens \(2, 5\)"):
        both.decode(ok, memory, real[:, :4])
    with pytest.raises(ValueError, match=r"memory must be \(B, S, 12\), got shape \(2, 5, 7\)"):
        both.decode(ok, memory[..., :7])
    with pytest.raises(ValueError, match="needs a memory"):
        both.decoder(memory)
    with pytest.raises(ValueError, match="give no memory"):
        decoder.decoder(memory, memory)

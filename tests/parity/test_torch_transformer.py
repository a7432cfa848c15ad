"""The layers and the whole Transformer against torch's, by copying weights, in float64: outputs and all gradients."""

import warnings

import pytest
import torch
from torch import Tensor, nn

from attnlab.attention import MultiHeadAttention
from attnlab.masks import causal_mask, padding_mask, to_torch_mask
from attnlab.transformer import TransformerConfig
from attnlab.transformer.layers import Decoder, DecoderLayer, Encoder, EncoderLayer

B, S, T, D, H, FF = 2, 5, 4, 18, 3, 11  # all different
KINDS = [(norm, activation) for norm in ("post", "pre") for activation in ("relu", "gelu")]
kinds = pytest.mark.parametrize(("norm", "activation"), KINDS)
Pairs = list[tuple[nn.Parameter, Tensor, Tensor]]  # ours, a view of theirs, the same view of their gradient


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def config(norm: str, activation: str, **more: object) -> TransformerConfig:
    return TransformerConfig(
        9, D, H, n_layers=2, d_ff=FF, max_length=9, norm=norm, activation=activation, layer_norm_eps=1e-3, **more
    )


def options(norm: str, activation: str) -> dict[str, object]:
    """The same choices in torch's words. Dropout stays 0 and the modules in training, where torch has no shortcuts."""
    return {
        "dim_feedforward": FF,
        "dropout": 0.0,
        "activation": activation,
        "norm_first": norm == "pre",
        "layer_norm_eps": 1e-3,
        "batch_first": True,
        "dtype": torch.float64,
    }


def modules(ours: nn.Module, theirs: nn.Module) -> list[tuple[nn.Module, nn.Module]]:
    """Which of our parts is which of torch's."""
    if isinstance(ours, EncoderLayer | DecoderLayer):
        names = [("feed_forward.enlarge", "linear1"), ("feed_forward.reduce", "linear2")]
        if isinstance(ours, EncoderLayer):
            names += [("attention", "self_attn"), ("attention_add_norm.norm", "norm1")]
            names += [("feed_forward_add_norm.norm", "norm2")]
        else:
            names += [("self_attention", "self_attn"), ("self_attention_add_norm.norm", "norm1")]
            names += [("cross_attention", "multihead_attn"), ("cross_attention_add_norm.norm", "norm2")]
            names += [("feed_forward_add_norm.norm", "norm3")]
        return [(ours.get_submodule(one), theirs.get_submodule(other)) for one, other in names]
    assert isinstance(ours, Encoder | Decoder)
    layers = zip(ours.layers, theirs.layers, strict=True)
    return [(ours.norm, theirs.norm), *(found for layer in layers for found in modules(*layer))]


def parameters(ours: nn.Module, theirs: nn.Module) -> list[tuple[nn.Parameter, nn.Parameter, slice]]:
    """Which of our parameters is which rows of torch's."""
    found = []
    for one, other in modules(ours, theirs):
        everything = slice(None)
        if isinstance(one, MultiHeadAttention):
            assert isinstance(other, nn.MultiheadAttention)
            for i, linear in enumerate((one.query, one.key, one.value)):
                rows = slice(i * D, (i + 1) * D)
                found += [(linear.weight, other.in_proj_weight, rows), (linear.bias, other.in_proj_bias, rows)]
            one, other = one.output, other.out_proj
        found += [(one.weight, other.weight, everything), (one.bias, other.bias, everything)]
    assert len(found) == len(list(ours.parameters()))  # none is forgotten
    return found


def copy_weights(ours: nn.Module, theirs: nn.Module) -> None:
    """Give torch's module random weights, and ours the same."""
    for seed, parameter in enumerate(theirs.parameters()):
        parameter.data.copy_(random(*parameter.shape, seed=seed) / 3)
    for mine, other, rows in parameters(ours, theirs):
        mine.data.copy_(other.data[rows])


def assert_same(
    ours: nn.Module, theirs: nn.Module, output: Tensor, wanted: Tensor, inputs: list[Tensor], others: list[Tensor]
) -> None:
    """Outputs and the gradients of all inputs and parameters are equal."""
    torch.testing.assert_close(output, wanted, atol=1e-10, rtol=1e-9)
    upstream = random(*output.shape, seed=99)
    output.backward(upstream)
    wanted.backward(upstream)
    for one, other in zip(inputs, others, strict=True):
        torch.testing.assert_close(one.grad, other.grad, atol=1e-10, rtol=1e-9)
    for mine, other, rows in parameters(ours, theirs):
        torch.testing.assert_close(mine.grad, other.grad[rows], atol=1e-10, rtol=1e-9)


def twice(*shape: int, seed: int) -> tuple[Tensor, Tensor]:
    return random(*shape, seed=seed).requires_grad_(), random(*shape, seed=seed).requires_grad_()


PADDING = padding_mask(torch.tensor([3, S]))
BLOCKED = to_torch_mask(PADDING)[:, 0, 0]  # torch's words for the same


@kinds
def test_encoder_layer(norm: str, activation: str) -> None:
    ours = EncoderLayer(config(norm, activation)).double()
    theirs = nn.TransformerEncoderLayer(D, H, **options(norm, activation))
    copy_weights(ours, theirs)
    x, x2 = twice(B, S, D, seed=50)
    assert_same(ours, theirs, ours(x, PADDING), theirs(x2, src_key_padding_mask=BLOCKED), [x], [x2])


@kinds
def test_encoder_layer_equals_torchs_shortcut(norm: str, activation: str) -> None:
    """In eval mode and without gradients torch runs a fused layer."""
    shape = TransformerConfig(9, 24, 4, n_layers=1, d_ff=FF, max_length=9, norm=norm, activation=activation)
    theirs = nn.TransformerEncoderLayer(24, 4, **{**options(norm, activation), "layer_norm_eps": 1e-5}).eval()
    ours = EncoderLayer(shape).double().eval()
    for seed, parameter in enumerate(theirs.parameters()):
        parameter.data.copy_(random(*parameter.shape, seed=seed) / 3)
    for one, other in modules(ours, theirs):
        if isinstance(one, MultiHeadAttention):
            for i, linear in enumerate((one.query, one.key, one.value)):
                linear.weight.data.copy_(other.in_proj_weight.data.chunk(3)[i])
                linear.bias.data.copy_(other.in_proj_bias.data.chunk(3)[i])
            one, other = one.output, other.out_proj
        one.load_state_dict(other.state_dict())
    x = random(B, S, 24)
    with torch.no_grad():
        torch.testing.assert_close(ours(x), theirs(x), atol=1e-10, rtol=1e-9)


@kinds
def test_decoder_layer(norm: str, activation: str) -> None:
    ours = DecoderLayer(config(norm, activation)).double()
    theirs = nn.TransformerDecoderLayer(D, H, **options(norm, activation))
    copy_weights(ours, theirs)
    (x, x2), (memory, memory2) = twice(B, T, D, seed=50), twice(B, S, D, seed=51)
    output = ours(x, memory, mask=causal_mask(T), memory_mask=PADDING)
    wanted = theirs(x2, memory2, tgt_mask=to_torch_mask(causal_mask(T)), memory_key_padding_mask=BLOCKED)
    assert_same(ours, theirs, output, wanted, [x, memory], [x2, memory2])


class Stacks(nn.Module):
    """Our encoder and decoder on vectors: what ``nn.Transformer`` is, without embeddings and output layer."""

    def __init__(self, shape: TransformerConfig) -> None:
        super().__init__()
        self.encoder, self.decoder = Encoder(shape), Decoder(shape, n_layers=shape.n_decoder_layers)


@kinds
def test_transformer(norm: str, activation: str) -> None:
    # nn.Transformer always has a norm at the end of both stacks, even with post-norm.
    ours = Stacks(config(norm, activation, final_norm=True, n_decoder_layers=3)).double()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that nested tensors cannot be used here
        theirs = nn.Transformer(D, H, 2, 3, **options(norm, activation))
    copy_weights(ours.encoder, theirs.encoder)
    copy_weights(ours.decoder, theirs.decoder)
    (source, source2), (target, target2) = twice(B, S, D, seed=50), twice(B, T, D, seed=51)
    real = padding_mask(torch.tensor([T, 2]))[:, 0, 0]  # (B, T), of the target
    output = ours.decoder(target, ours.encoder(source, PADDING), token_mask=real, memory_mask=PADDING)
    wanted = theirs(
        source2,
        target2,
        tgt_mask=to_torch_mask(causal_mask(T)),
        src_key_padding_mask=BLOCKED,
        memory_key_padding_mask=BLOCKED,
        tgt_key_padding_mask=to_torch_mask(real),
    )
    torch.testing.assert_close(output, wanted, atol=1e-10, rtol=1e-9)
    upstream = random(*output.shape, seed=99)
    output.backward(upstream)
    wanted.backward(upstream)
    torch.testing.assert_close(source.grad, source2.grad, atol=1e-10, rtol=1e-9)
    torch.testing.assert_close(target.grad, target2.grad, atol=1e-10, rtol=1e-9)
    for stack, other in ((ours.encoder, theirs.encoder), (ours.decoder, theirs.decoder)):
        for mine, their, rows in parameters(stack, other):
            torch.testing.assert_close(mine.grad, their.grad[rows], atol=1e-10, rtol=1e-9)


# --- planted mistakes: the comparison sees them -----------------------------------------------------------------------


def pre_norm_without_the_residual(self, x, sublayer, trace=None):  # type: ignore[no-untyped-def]
    normalized = self.norm(x)
    return normalized + sublayer(normalized)


MISPLACED = {
    "norm before instead of after": lambda self, x, sublayer, trace=None: x + sublayer(self.norm(x)),
    "norm after the sublayer, before the sum": lambda self, x, sublayer, trace=None: x + self.norm(sublayer(x)),
    "residual from the normalized vector": pre_norm_without_the_residual,
    "residual forgotten": lambda self, x, sublayer, trace=None: self.norm(sublayer(x)),
    "norm forgotten": lambda self, x, sublayer, trace=None: x + sublayer(x),
}


@pytest.mark.parametrize("name", MISPLACED)
def test_a_norm_in_the_wrong_place_is_caught(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from attnlab.transformer.sublayers import AddAndNorm

    monkeypatch.setattr(AddAndNorm, "forward", MISPLACED[name])
    with pytest.raises(AssertionError):
        test_encoder_layer("post", "relu")


@pytest.mark.parametrize(
    ("function", "mutant"),
    [
        (
            "causal_mask",
            lambda Tq, Tk, device=None: causal_mask(Tq, Tk, offset=Tk - Tq + 1),
        ),
        ("combine_masks", lambda *masks: masks[-1]),
        ("final_norm", lambda shape: nn.LayerNorm(D, eps=1e-5)),
    ],
    ids=["sees the next token", "causal mask forgotten", "another eps"],
)
def test_a_mistake_in_the_stack_is_caught(function: str, mutant: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"attnlab.transformer.layers.{function}", mutant)
    with pytest.raises(AssertionError):
        test_transformer("pre", "gelu")

"""Other masks and given rows inside a context: what changes, what does not, and what is refused."""

from functools import partial

import pytest
import torch
from torch import Tensor

from attnlab.decoding import greedy
from attnlab.masks import causal_mask
from attnlab.transformer import DecoderOnly, EncoderDecoder, RowEdit, Transformer, TransformerConfig, edited
from tests.mutants import mutant

CONFIG = TransformerConfig(11, d_model=12, n_heads=3, n_layers=2, d_ff=16, max_length=9, dropout=0.0)
SOURCE, TARGET = torch.tensor([[1, 5, 3, 9, 2]]), torch.tensor([[4, 4, 7]])
CROSS = "decoder.layers.1.cross_attention"


@pytest.fixture(scope="module")
def translator() -> EncoderDecoder:
    return EncoderDecoder(CONFIG, generator=torch.Generator().manual_seed(3)).eval()


def weights_of(model: Transformer, name: str, *ids: Tensor) -> Tensor:
    record: dict[str, Tensor] = {}
    with torch.no_grad():
        model(*ids, record=record)
    return record[f"{name}.weights"][0]  # (H, Tq, Tk)


def test_a_mask_replaces_the_models_own_where_it_reaches(translator: EncoderDecoder) -> None:
    name = "decoder.layers.0.self_attention"
    with edited(translator, masks={name: torch.tensor([[False, True], [False, True]])}):
        weights = weights_of(translator, name, SOURCE, TARGET)
    assert weights[:, 0].tolist() == [[0.0, 1.0, 0.0]] * 3  # the first row looks ahead, and only there
    assert bool((weights[:, 2] > 0).all())  # beyond the edit the causal mask stands: the third row sees all three


def test_a_row_is_overwritten_and_the_rest_follows(translator: EncoderDecoder) -> None:
    plain = weights_of(translator, CROSS, SOURCE, TARGET)
    given = RowEdit(head=2, query=1, weights=(0.0, 0.5, 0.25))
    with edited(translator, rows={CROSS: [given]}), torch.no_grad():
        weights, logits = weights_of(translator, CROSS, SOURCE, TARGET), translator(SOURCE, TARGET)
    with torch.no_grad():
        before = translator(SOURCE, TARGET)
    assert weights[2, 1].tolist() == [0.0, 0.5, 0.25, 0.0, 0.0]
    same = torch.ones(3, 3, dtype=torch.bool).index_put((torch.tensor([2]), torch.tensor([1])), torch.tensor(False))
    assert torch.equal(weights[same], plain[same])
    torch.testing.assert_close(logits[0, 0], before[0, 0])  # the row before it has not seen the change
    assert not torch.allclose(logits[0, 1], before[0, 1], atol=1e-3)


def test_after_the_context_the_model_is_what_it_was(translator: EncoderDecoder) -> None:
    before = weights_of(translator, CROSS, SOURCE, TARGET)
    with (
        pytest.raises(KeyError, match="out of here"),
        edited(translator, masks={CROSS: torch.zeros(1, 1, dtype=torch.bool)}, rows={CROSS: [RowEdit(0, 0, (1.0,))]}),
    ):
        raise KeyError("out of here")
    assert torch.equal(weights_of(translator, CROSS, SOURCE, TARGET), before)


def test_a_decoding_is_edited_without_a_cache(translator: EncoderDecoder) -> None:
    rows = {CROSS: [RowEdit(0, 1, (1.0, 0.0, 0.0, 0.0, 0.0))]}
    decode = partial(greedy, translator, SOURCE[0].tolist(), max_new_tokens=3, start_id=4, return_weights=True)
    with edited(translator, rows=rows):
        steps = list(decode(use_cache=False))
        with pytest.raises(ValueError, match=r"cross_attention is edited.*use_cache=False"):
            next(iter(decode()))
    assert steps[1].attention[f"{CROSS}.weights"][0].tolist() == [1.0, 0.0, 0.0, 0.0, 0.0]


def test_what_does_not_fit_is_refused(translator: EncoderDecoder) -> None:
    def enter(**edits: object) -> None:
        with edited(translator, **edits):  # type: ignore[arg-type]
            pass

    with pytest.raises(ValueError, match=r"no attention is named 'cross'; known are encoder\.layers\.0\.attention"):
        enter(masks={"cross": torch.ones(1, 1, dtype=torch.bool)})
    with pytest.raises(TypeError, match=r"must be a bool tensor .* got torch\.float32"):
        enter(masks={CROSS: torch.ones(1, 1)})
    with pytest.raises(ValueError, match=r"\(rows, columns\), got shape \(2,\)"):
        enter(masks={CROSS: torch.ones(2, dtype=torch.bool)})
    with pytest.raises(ValueError, match="has 3 heads, counted from 0; there is no head 3"):
        enter(rows={CROSS: [RowEdit(3, 0, (1.0,))]})
    with pytest.raises(ValueError, match="the weights of query -1"):
        enter(rows={CROSS: [RowEdit(0, -1, (1.0,))]})
    with pytest.raises(ValueError, match=r"query 0 .* are not all finite: .*nan"):
        enter(rows={CROSS: [RowEdit(0, 0, (float("nan"),))]})


def test_a_model_of_its_own_mask_is_not_written_to() -> None:
    writer = DecoderOnly(CONFIG, generator=torch.Generator().manual_seed(5)).eval()
    name = writer.attention_names[0]
    own = causal_mask(3)
    with edited(writer, masks={name: torch.ones(3, 3, dtype=torch.bool)}):
        assert bool((weights_of(writer, name, TARGET) > 0).all())
    assert torch.equal(weights_of(writer, name, TARGET)[0] > 0, own)


def check_all(translator: EncoderDecoder) -> None:
    test_a_mask_replaces_the_models_own_where_it_reaches(translator)
    test_a_row_is_overwritten_and_the_rest_follows(translator)


MISTAKES = {
    "the mask for keys and queries exchanged": ("edit[:rows, :columns]", "edit.T[:rows, :columns]"),
    "the model's own mask forgotten": ("mask = mask & own", "mask = mask"),
    "the weights beyond those given kept": ("weights[:, row.head, row.query] = 0.0", "pass"),
    "another head": ("weights[:, row.head, row.query, :", "weights[:, 0, row.query, :"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_planted_mistake_is_noticed(
    translator: EncoderDecoder, monkeypatch: pytest.MonkeyPatch, mistake: str
) -> None:
    wrong = mutant(("transformer.edits",), "transformer.edits", *MISTAKES[mistake])
    monkeypatch.setitem(globals(), "edited", wrong.edited)
    with pytest.raises(AssertionError):
        check_all(translator)

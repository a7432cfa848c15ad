"""What a translator learns from and how it is scored, against sacrebleu itself, decoding step by step, and mistakes."""

import dataclasses
import math
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
import sacrebleu
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file

from attnlab.data import SentencePair
from attnlab.decoding import greedy, run_to_end
from attnlab.text import ByteLevelBPE, CharacterTokenizer, SpecialTokens, normalize_chinese
from attnlab.training import (
    Restraint,
    TranslationTask,
    answer_loss,
    perplexity,
    scores,
    translation,
    translation_scores,
)
from attnlab.training.batches import NOT_COUNTED, Batch
from attnlab.training.loop import BEST
from attnlab.training.translation import SOURCE_SPECIALS, TARGET_SPECIALS, source_ids, translate_greedily
from attnlab.transformer import EncoderDecoder, TransformerConfig
from tests.mutants import mutant
from tests.tiny_translator import CONFIG, HELD_OUT, PAIRS, SOURCE, TARGET, logged, tiny_model, tiny_run, tiny_task


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


# --- it learns --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> tuple[EncoderDecoder, Path]:
    """A model that has seen thirty sentences forty times."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("learned")
    config = dataclasses.replace(
        CONFIG, steps=120, warmup_steps=10, learning_rate=1e-2, label_smoothing=0.0, evaluate_every=60, save_every=120
    )
    model = tiny_model(dropout=0.0, d_model=36, d_ff=72)
    tiny_run(folder, model=model, task=tiny_task(Restraint(), tokens_per_batch=200), config=config)
    model.load_state_dict(load_file(folder / BEST))
    torch.set_num_threads(threads)
    return model.eval(), folder


def test_a_translator_learns_its_sentences(learned: tuple[EncoderDecoder, Path]) -> None:
    model, folder = learned
    losses = [entry["loss"] for entry in logged(folder)]
    assert losses[0] > 0.9 * math.log(len(TARGET))  # at first every token is about as likely as any other
    assert losses[-1] < 0.05
    translations = translate_greedily(model, [pair.chinese for pair in PAIRS], SOURCE, TARGET)
    assert translations == [pair.english for pair in PAIRS]
    found = tiny_task().evaluate(model)
    assert found == {name: logged(folder)[-1][name] for name in ("bleu", "chrf")}
    assert 85 < found["bleu"] < 100  # of "猫睡觉。" only the other translation is held out


# --- greedy translations ----------------------------------------------------------------------------------------------


def one_by_one(model: EncoderDecoder, sentence: str) -> str:
    """A sentence of more than 8 characters is longer than the model can read: the first 8 and the end are."""
    ids = [*source_ids(SOURCE, sentence)[:-1][: model.max_length - 1], SOURCE.end_id]
    steps = greedy(model, ids, max_new_tokens=model.max_length, start_id=TARGET.start_id, end_id=TARGET.end_id)
    written = run_to_end(steps)
    return TARGET.decode(written[:-1] if written[-1] == TARGET.end_id else written)


def unsure_model() -> EncoderDecoder:
    """Untrained, with weights so large that sentences get many translations of many lengths, some without an end.

    Ten tokens, the end among them, are all it ever says.
    """
    config = TransformerConfig(
        len(TARGET), 12, 3, 1, 20, max_length=9, source_vocab_size=len(SOURCE), tie_embeddings=False
    )
    model = EncoderDecoder(config).double().eval()
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.copy_(0.8 * torch.randn(parameter.shape, generator=generator, dtype=torch.float64))
        model.unembedding.weight[: TARGET.end_id - 9] = 0
    return model


def check_greedy(library: Any) -> None:
    model = unsure_model()
    sentences = [*(pair.chinese for pair in PAIRS), "", "？？", "我们在花园里吃饭喝水睡觉看书。", "你 好", "猫"]
    wanted = [one_by_one(model, sentence) for sentence in sentences]
    assert len(set(wanted)) > 10
    assert len({len(text) for text in wanted}) > 4
    for batch_size in (1, 4, 128):
        assert library.translate_greedily(model, sentences, SOURCE, TARGET, batch_size=batch_size) == wanted


def test_greedy_translations_in_batches_are_those_one_by_one(learned: tuple[EncoderDecoder, Path]) -> None:
    check_greedy(translation)
    model, _ = learned
    for pair in PAIRS[::7]:
        assert one_by_one(model, pair.chinese) == pair.english


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("memory, source_mask, cache=cache)", "memory, None, cache=cache)"),
        ("model.encode(source, source_mask)", "model.encode(source)"),
        ("return [found[place] for place in range(len(ids))]", "return list(found.values())"),
        ("row[: row.index(end_id)] if end_id in row else row", "row"),
        (
            "row[: row.index(end_id)] if end_id in row else row",
            "row[: row.index(end_id)] if end_id in row else []",
        ),
        ("len(written) < model.max_length", "len(written) < model.max_length - 1"),
        ("not ended.all()", "not ended.any()"),
        ("[: model.max_length - 1], source.end_id]", "[: model.max_length], source.end_id]"),
        ("(len(source), 1), start_id,", "(len(source), 1), end_id,"),
    ],
)
def test_a_mistake_in_the_translation_is_noticed(right: str, wrong: str) -> None:
    library = mutant(("training.translation",), "training.translation", right, wrong)
    with pytest.raises((AssertionError, ValueError)):
        check_greedy(library)


def test_a_model_in_training_mode_does_not_translate() -> None:
    with pytest.raises(ValueError, match=r"training mode.*eval\(\)"):
        translate_greedily(tiny_model().train(), ["猫"], SOURCE, TARGET)
    assert translate_greedily(tiny_model().eval(), [], SOURCE, TARGET) == []


# --- what a batch holds -----------------------------------------------------------------------------------------------

ROWS = ([[5, 6, 7, 1], [8, 1]], [[20, 11, 12, 13, 21], [20, 14, 21]])


def loss_of(model: EncoderDecoder, batch: Batch) -> float:
    return float(answer_loss(model(*batch.inputs), batch.answers, 0.1).detach())


def more_padding(batch: Batch) -> Batch:
    """The same sentences with room to spare, the filler being whatever it may."""

    def wider(tensor: torch.Tensor, filler: int) -> torch.Tensor:
        return torch.cat([tensor, torch.full((len(tensor), 3), filler, dtype=tensor.dtype)], dim=1)

    source, target, source_mask = batch.inputs
    inputs = (wider(source, 4), wider(target, 9), wider(source_mask, 0))
    return Batch(inputs, wider(batch.answers, NOT_COUNTED), batch.tokens)


def check_batch(library: Any) -> None:
    sources, targets = ROWS
    batch = library.batch_of(sources, targets)
    source, target, source_mask = batch.inputs
    for row, length in enumerate((4, 2)):
        assert source[row, :length].tolist() == sources[row]
        assert source_mask[row].tolist() == [place < length for place in range(4)]
    assert (target.shape, batch.answers.shape, batch.tokens) == ((2, 4), (2, 4), 6)
    assert target[0].tolist() == [20, 11, 12, 13]
    assert target[1, :2].tolist() == [20, 14]
    assert batch.answers.tolist() == [[11, 12, 13, 21], [14, 21, NOT_COUNTED, NOT_COUNTED]]

    config = TransformerConfig(25, 12, 3, 1, 20, max_length=9, source_vocab_size=9)
    model = EncoderDecoder(config, generator=torch.Generator().manual_seed(0)).double().eval()
    together = loss_of(model, batch)
    apart = sum(loss_of(model, library.batch_of([s], [t])) for s, t in zip(sources, targets, strict=True))
    assert together == pytest.approx(apart, rel=1e-9)  # padding never changes the loss
    assert loss_of(model, more_padding(batch)) == pytest.approx(apart, rel=1e-9)
    # No leak: what is to be answered at a place, and all that comes later, does not change what is said there.
    other = [[20, 11, 9, 9, 21], [20, 9, 21]]
    said, changed = (model(*library.batch_of(sources, rows).inputs) for rows in (targets, other))
    torch.testing.assert_close(said[0, :2], changed[0, :2])
    torch.testing.assert_close(said[1, 0], changed[1, 0])
    assert not torch.allclose(said[0, 2], changed[0, 2])


def test_a_batch() -> None:
    check_batch(translation)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("padded([row[1:] for row in targets], NOT_COUNTED)", "padded([row[:-1] for row in targets], NOT_COUNTED)"),
        ("padded([row[:-1] for row in targets], FILLER)", "padded([row[1:] for row in targets], FILLER)"),
        ("padded([row[1:] for row in targets], NOT_COUNTED)", "padded([row[1:] for row in targets], FILLER)"),
        ("source_mask = torch.arange(source.shape[1]) < lengths[:, None]", "source_mask = source >= 0"),
        ("source_mask = torch.arange(source.shape[1]) < lengths[:, None]", "source_mask = source == 0"),
        ("torch.arange(source.shape[1]) < lengths", "torch.arange(source.shape[1]) <= lengths"),
        ("tokens=sum(len(row) - 1 for row in targets)", "tokens=sum(len(row) for row in targets)"),
    ],
)
def test_a_mistake_in_a_batch_is_noticed(right: str, wrong: str) -> None:
    library = mutant(("training.translation",), "training.translation", right, wrong)
    with pytest.raises(AssertionError):
        check_batch(library)


# --- epochs and restraint ---------------------------------------------------------------------------------------------


def sentences_of(epoch: list[Batch], source: CharacterTokenizer, target: ByteLevelBPE) -> list[tuple[str, str]]:
    """The pairs of an epoch as text, checked on the way: each starts and ends as it must."""
    found = []
    for batch in epoch:
        ids, targets, mask = batch.inputs
        for row, read, answered, real in zip(ids, targets, batch.answers, mask, strict=True):
            *chinese, end = row[real].tolist()
            answers = answered[answered != NOT_COUNTED].tolist()
            assert end == source.end_id
            assert answers[-1] == target.end_id
            assert read[: len(answers)].tolist() == [target.start_id, *answers[:-1]]
            found.append((source.decode(chinese), target.decode(answers[:-1])))
    return found


def check_epochs(library: Any) -> None:
    def task(seed: int = 1, most: int = 120, **restraint: float) -> Any:
        chosen = library.Restraint(**restraint)
        return library.TranslationTask(
            PAIRS, HELD_OUT, SOURCE, TARGET, tokens_per_batch=most, restraint=chosen, seed=seed
        )

    def contents(epoch: list[Batch]) -> list[list[Any]]:
        return [[tensor.tolist() for tensor in (*batch.inputs, batch.answers)] for batch in epoch]

    plain = task()
    everything = sorted((pair.chinese, pair.english) for pair in PAIRS)
    assert sorted(sentences_of(plain.epoch(0), SOURCE, TARGET)) == everything
    assert contents(plain.epoch(1)) == contents(task().epoch(1)) != contents(plain.epoch(0))
    assert contents(task(seed=2).epoch(0)) != contents(plain.epoch(0))
    # The same text in ever other spellings.
    spelled = task(spelling_dropout=0.3)
    first, second = spelled.epoch(0), spelled.epoch(1)
    assert sorted(sentences_of(first, SOURCE, TARGET)) == everything
    counts = [sum(batch.tokens for batch in epoch) for epoch in (plain.epoch(0), first, second)]
    assert counts[0] * 1.1 < counts[1] != counts[2]
    assert contents(spelled.epoch(1)) == contents(second)
    for batch in (*plain.epoch(0), *first, *second):
        assert max(batch.inputs[0].numel(), batch.inputs[1].numel()) <= 120
    # About a fifth of the characters is unknown, but never the end.
    thinned = task(source_dropout=0.2, most=400)
    unknown = total = 0
    for number in range(20):
        for chinese, _ in sentences_of(thinned.epoch(number), SOURCE, TARGET):
            unknown += chinese.count("<unknown>")
            total += len(chinese.replace("<unknown>", "?"))
    assert total == 20 * sum(len(pair.chinese) for pair in PAIRS)
    assert 0.16 < unknown / total < 0.24  # 3500 characters: four standard deviations are 0.027


def test_epochs() -> None:
    check_epochs(translation)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("for token in ids[:-1]] + ids[-1:]", "for token in ids]"),
        ("random.random() < dropout else token", "random.random() > dropout else token"),
        ("self.seed * 1_000_003 + number", "self.seed * 1_000_003"),
        ('Random(f"{self.seed} {number}")', "Random(self.seed)"),
        ('Random(f"{self.seed} {number}")', "Random()"),
        ("self.seed * 1_000_003 + number", "number"),
        (
            "return [max(len(source), len(target) - 1) for",
            "return [len(source) for",
        ),
        ("self.target.encode_at_random(sentence, dropout, random)", "self.target.encode(sentence)"),
        (
            "return [self.target.start_id, *ids, self.target.end_id]",
            "return [self.target.start_id, *ids, self.target.start_id]",
        ),
        ("tokenizer.encode(normalize_chinese(chinese))", "tokenizer.encode(chinese[1:])"),
    ],
)
def test_a_mistake_in_an_epoch_is_noticed(right: str, wrong: str) -> None:
    library = mutant(("training.translation",), "training.translation", right, wrong)
    with pytest.raises(AssertionError):
        check_epochs(library)


def check_spelling(library: Any) -> None:
    bpe = library.ByteLevelBPE(TARGET.merges)

    @settings(deadline=None, max_examples=50, derandomize=True, database=None, report_multiple_bugs=False)
    @given(st.text(max_size=30), st.floats(0, 1), st.integers(0, 99))
    def decodes_to_the_same_text(text: str, dropout: float, seed: int) -> None:
        ids = bpe.encode_at_random(text, dropout, Random(seed))
        assert bpe.decode(ids) == text
        assert ids == bpe.encode_at_random(text, dropout, Random(seed))
        assert bpe.encode_at_random(text, 0.0, Random(seed)) == bpe.encode(text)
        assert bpe.encode_at_random(text, 1.0, Random(seed)) == list(text.encode())

    decodes_to_the_same_text()
    for pair in PAIRS:
        assert bpe.encode_at_random(pair.english, 0.0, Random(0)) == bpe.encode(pair.english)
    # "low" by two merges, 256 = lo, 257 = low. Each may be passed over: (1 - p)^2 of the time it is one token, p of the
    # time three, and otherwise two.
    low, random = library.ByteLevelBPE([(108, 111), (256, 119)]), Random(0)
    counts = [len(low.encode_at_random("low", 0.3, random)) for _ in range(4000)]
    for length, share in ((1, 0.49), (2, 0.21), (3, 0.3)):
        assert counts.count(length) / 4000 == pytest.approx(share, abs=0.03)  # four standard deviations


def test_spelling_at_random() -> None:
    import attnlab.text.bpe

    check_spelling(attnlab.text.bpe)
    for dropout in (-0.1, 1.1, math.nan):
        with pytest.raises(ValueError, match=f"dropout must be from 0 to 1, got {dropout}"):
            TARGET.encode_at_random("a", dropout, Random(0))


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("random.random() >= dropout)", "random.random() <= dropout)"),
        ("rank, place = min((pair for pair in ranked if", "rank, place = max((pair for pair in ranked if"),
        ("tokens[place : place + 2] = [BYTES + int(rank)]", "tokens[place : place + 1] = [BYTES + int(rank)]"),
        ("random.random() >= dropout)", "random.random() >= dropout / 2)"),
    ],
)
def test_a_mistake_in_spelling_at_random_is_noticed(right: str, wrong: str) -> None:
    with pytest.raises((AssertionError, ValueError)):
        check_spelling(mutant(("text.bpe",), "text.bpe", right, wrong))


# --- what does not fit ------------------------------------------------------------------------------------------------


LONGEST = max(max(len(pair.chinese), len(TARGET.encode(pair.english))) for pair in PAIRS) + 1


def test_a_task_that_cannot_be_is_refused_before_it_starts() -> None:
    def task(pairs: list[SentencePair] = PAIRS, held_out: list[SentencePair] = HELD_OUT, **options: Any) -> None:
        chosen = {"source": SOURCE, "target": TARGET, "tokens_per_batch": 90} | options
        TranslationTask(pairs, held_out, **chosen)

    with pytest.raises(ValueError, match="0 pairs to learn from and 10 to be scored on: both need 1"):
        task([])
    with pytest.raises(ValueError, match="30 pairs to learn from and 0 to be scored on"):
        task(held_out=[])
    task(max_length=LONGEST)
    message = rf"\d of 30 pairs have more than {LONGEST - 1} tokens, the longest {LONGEST}: leave them out, or raise"
    with pytest.raises(ValueError, match=message):
        task(max_length=LONGEST - 1)
    with pytest.raises(ValueError, match=f"of 30 pairs have more than 9 tokens, the longest {LONGEST}"):
        task(tokens_per_batch=9)
    bare = CharacterTokenizer.from_text("我吃饭。", special=SpecialTokens(end="<end>"))
    with pytest.raises(ValueError, match="there is no unknown token here"):
        task(PAIRS[:1], source=bare)
    with pytest.raises(ValueError, match="there is no start token here, only none at all"):
        task(target=ByteLevelBPE(TARGET.merges))
    for share in (-0.1, 1.5, math.nan):
        with pytest.raises(ValueError, match=f"source_dropout must be from 0 to 1, got {share}"):
            Restraint(source_dropout=share)


def test_a_spelling_by_chance_never_gets_too_long() -> None:
    """Passed over, every merge leaves bytes: more than the model could read."""
    restraint = Restraint(spelling_dropout=0.9)
    task = TranslationTask(
        PAIRS, HELD_OUT, SOURCE, TARGET, tokens_per_batch=200, max_length=LONGEST, restraint=restraint
    )
    widths = [batch.inputs[1].shape[1] for number in range(5) for batch in task.epoch(number)]
    assert max(widths) == LONGEST
    task = TranslationTask(PAIRS, HELD_OUT, SOURCE, TARGET, tokens_per_batch=200, restraint=restraint)
    assert max(batch.inputs[1].shape[1] for batch in task.epoch(0)) > LONGEST


def test_sources_are_normalized() -> None:
    assert normalize_chinese("　你\t好！ＡＢＣ１２\n？ ") == "你好!ABC12?"
    assert normalize_chinese("") == ""
    with pytest.raises(TypeError, match="text must be a string, got int"):
        normalize_chinese(7)  # type: ignore[arg-type]
    end, unknown = SOURCE.end_id, SOURCE.unknown_id
    assert source_ids(SOURCE, "我 龍 們") == [SOURCE.vocabulary.index["我"], unknown, unknown, end]
    assert source_ids(SOURCE, "") == [end]
    assert source_ids(SOURCE, "<end>") == [unknown] * 5 + [end]  # typed text never gives a special token
    assert SOURCE_SPECIALS.present == ("<unknown>", "<end>")
    assert TARGET_SPECIALS.present == ("<start>", "<end>")


# --- scores -----------------------------------------------------------------------------------------------------------

TRANSLATIONS = ["Cats sleep in the garden.", "I read the book.", "you drink much water.", "We run."]
REFERENCES = [
    ["The cats are sleeping in the garden.", "Cats sleep in the garden."],
    ["I am reading a book."],
    ["You drink a lot of water.", "You drink much tea.", "You are drinking water."],
    ["We are running.", "We run fast."],
]


def check_scores(library: Any) -> None:
    """sacrebleu is given each stream of references by itself; where a sentence has no more, its first one again."""
    most = max(len(several) for several in REFERENCES)
    repeated = [[several[min(i, len(several) - 1)] for several in REFERENCES] for i in range(most)]
    found = library.translation_scores(TRANSLATIONS, REFERENCES)
    assert found["bleu"] == pytest.approx(sacrebleu.corpus_bleu(TRANSLATIONS, repeated).score, abs=1e-9)
    assert found["chrf"] == pytest.approx(sacrebleu.corpus_chrf(TRANSLATIONS, repeated).score, abs=1e-9)
    assert found["bleu"] > 10
    # The order of the references, and of the sentences, does not matter.
    backwards = library.translation_scores(TRANSLATIONS[::-1], [several[::-1] for several in REFERENCES[::-1]])
    assert backwards == pytest.approx(found)


def test_scores_are_those_of_sacrebleu() -> None:
    check_scores(scores)
    with pytest.raises(ValueError, match="4 translations but references for 3 sentences"):
        translation_scores(TRANSLATIONS, REFERENCES[:3])
    with pytest.raises(ValueError, match="1 of 4 sentences have no reference"):
        translation_scores(TRANSLATIONS, [*REFERENCES[:3], []])
    with pytest.raises(ValueError, match="0 translations"):
        translation_scores([], [])


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("for i in range(most)]", "for i in range(1)]"),
        ("for i in range(most)]", "for i in range(min(len(several) for several in references))]"),
        ("for several in references] for i in range(most)]", "for several in references[::-1]] for i in range(most)]"),
        ('"chrf": CHRF()', '"chrf": CHRF(word_order=2)'),
        ('"bleu": BLEU()', '"bleu": BLEU(lowercase=True)'),
        ('"bleu": BLEU()', '"bleu": BLEU(tokenize="char")'),
    ],
)
def test_a_mistake_in_the_scores_is_noticed(right: str, wrong: str) -> None:
    library = mutant(("training.scores",), "training.scores", right, wrong)
    with pytest.raises(AssertionError):
        check_scores(library)


def test_perplexity_by_hand() -> None:
    assert perplexity(math.log(2) + math.log(8), 2) == pytest.approx(4.0)
    with pytest.raises(ValueError, match="at least 1 token, got 0"):
        perplexity(1.0, 0)

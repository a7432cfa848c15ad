"""Training a writer, which goes on with a text, and scoring it beside a trigram model.

What it reads, and how it is cut into texts, says ``attnlab.training.corpus``.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

import torch
from torch import nn

from attnlab.text import ByteLevelBPE
from attnlab.training.batches import NOT_COUNTED, Batch, token_batches
from attnlab.training.corpus import Corpus, Piece, filled_rows, pieces
from attnlab.training.scores import perplexity
from attnlab.training.step import answer_loss
from attnlab.training.text_batches import batches_in_order, check_texts, text_batch
from attnlab.training.trigrams import Trigrams


class WriterTask:
    """Texts to learn from and others to go on with; see :class:`attnlab.training.Task`.

    The model is a ``DecoderOnly``. In training, rows are filled up with one text after another, as GPT-3's were; when
    it is scored, each text stands alone, and everything that is held out is read.

    Args:
        corpus: the texts.
        tokenizer: with start, end and unknown token; see :func:`train_tokenizer`.
        max_length: the most tokens that the model reads.
        tokens_per_batch: see ``TrainingConfig``.
        seed: decides the order of the texts.

    Raises:
        ValueError: no text is short enough to be learned from, or to be scored on.

    Source: Radford et al. (GPT-2, 2019), section 2; for the rows, Brown et al., *Language Models are Few-Shot Learners*
    (2020), appendix B.

    Example: with bytes for tokens, ``Why?`` has the answers ``W h y ?`` and the end token, 258.

        >>> from attnlab.training.corpus import TEXT_SPECIALS
        >>> tokenizer = ByteLevelBPE([], special=TEXT_SPECIALS)
        >>> task = WriterTask(Corpus(("Why?",), (), ("Hi.",)), tokenizer, max_length=9, tokens_per_batch=9)
        >>> batch = task.epoch(0)[0]
        >>> batch.inputs[0].tolist(), batch.answers.tolist()
        ([[257, 87, 104, 121, 63]], [[87, 104, 121, 63, 258]])
    """

    score = "perplexity"
    higher_is_better = False

    def __init__(
        self, corpus: Corpus, tokenizer: ByteLevelBPE, *, max_length: int, tokens_per_batch: int, seed: int = 0
    ) -> None:
        self.tokenizer = tokenizer
        self.max_length, self.tokens_per_batch, self.seed = max_length, tokens_per_batch, seed
        # A row of n tokens is read without its last, and answered without its first.
        self.train = pieces(tokenizer, corpus.train, max_length + 1)
        kinds = {"articles": corpus.articles, "sentences": corpus.sentences}
        held_out = {kind: pieces(tokenizer, texts, max_length + 1) for kind, texts in kinds.items()}
        self.held_out = {kind: found for kind, found in held_out.items() if found}
        check_texts(len(self.train), len(self.held_out), max_length)

    @property
    def description(self) -> dict[str, Any]:
        """What a run must have in common with the one that it goes on from."""
        return {"texts": len(self.train), "max_length": self.max_length, "seed": self.seed}

    def epoch(self, number: int) -> list[Batch]:
        """Return the batches of an epoch: all texts once, in an order of its own."""
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + number)
        order = torch.randperm(len(self.train), generator=generator).tolist()
        rows = filled_rows([self.train[place].ids for place in order], self.max_length + 1)
        batches = token_batches([len(row) - 1 for row in rows], self.tokens_per_batch, generator)
        return [self._batch([rows[place] for place in places]) for places in batches]

    def evaluate(self, model: nn.Module) -> dict[str, float]:
        """Return the perplexity by token of all that is held out, of its two parts, and by word.

        The end token is asked for like any other; the unknown token never is.
        """
        nats = {kind: self._nats(model, found) for kind, found in self.held_out.items()}
        return self._scores(nats)

    def baseline(self) -> dict[str, float]:
        """Return what a trigram model that read the same texts reaches, under the names of :meth:`evaluate`."""
        never = [self.tokenizer.unknown_id, self.tokenizer.start_id, self.tokenizer.mask_id]
        trigrams = Trigrams([piece.ids for piece in self.train], len(self.tokenizer), never=never)
        return self._scores(
            {kind: trigrams.nats([piece.ids for piece in found]) for kind, found in self.held_out.items()}
        )

    def _batch(self, rows: Sequence[Sequence[int]]) -> Batch:
        unknown = self.tokenizer.unknown_id
        answers = [[NOT_COUNTED if token == unknown else token for token in row[1:]] for row in rows]
        return text_batch([row[:-1] for row in rows], answers)

    def _nats(self, model: nn.Module, found: Sequence[Piece]) -> tuple[float, int]:
        batches = [self._batch([found[place].ids for place in places]) for places in batches_in_order(found)]
        return _total_nats(model, batches)

    def _scores(self, nats: Mapping[str, tuple[float, int]]) -> dict[str, float]:
        total, tokens = sum(nats[kind][0] for kind in nats), sum(nats[kind][1] for kind in nats)
        words = sum(piece.words for piece in chain.from_iterable(self.held_out.values()))
        return {
            "perplexity": perplexity(total, tokens),
            "perplexity_by_word": perplexity(total, words),
            **{f"perplexity_{kind}": perplexity(*nats[kind]) for kind in nats},
        }


def _total_nats(model: nn.Module, batches: Iterable[Batch]) -> tuple[float, int]:
    """The loss summed over all answers that count, and how many they are."""
    device = next(model.parameters()).device
    total, tokens = 0.0, 0
    for batch in batches:
        moved = batch.to(device)
        total += float(answer_loss(model(*moved.inputs), moved.answers, label_smoothing=0.0).detach())
        tokens += batch.tokens
    return total, tokens

"""Training a writer, which goes on with a text, and a reader, which fills its blanks; both beside a trigram model.

What they read, and how it is cut into texts, says ``attnlab.training.corpus``.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from attnlab.text import ByteLevelBPE
from attnlab.training.batches import NOT_COUNTED, Batch, padded, token_batches
from attnlab.training.corpus import Corpus, Piece, filled_rows, pieces
from attnlab.training.scores import perplexity
from attnlab.training.step import answer_loss
from attnlab.training.trigrams import NOTHING, Ids, Trigrams, neighbors_of, two_sided
from attnlab.transformer import EncoderOnly

FILLER = 0  # what stands at padding; the mask hides it, so it can be any id
SCORED_AT_ONCE = 8192  # how many tokens are in a batch that is scored
HIDDEN_SHARE, MASK_SHARE, RANDOM_SHARE = 0.15, 0.8, 0.1  # BERT's: what is hidden, and by what


def _batch(inputs: Sequence[Sequence[int]], answers: Sequence[Sequence[int]]) -> Batch:
    """A batch of rows: ids ``(B, T)`` and which of them are real ``(B, T)``."""
    lengths = torch.tensor([len(row) for row in inputs])  # (B,)
    ids = padded(inputs, FILLER)  # (B, T)
    real = torch.arange(ids.shape[1]) < lengths[:, None]  # (B, T)
    wanted = padded(answers, NOT_COUNTED)  # (B, T)
    return Batch((ids, real), wanted, tokens=int((wanted != NOT_COUNTED).sum()))


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
        _check_texts(len(self.train), len(self.held_out), max_length)

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
        return _batch([row[:-1] for row in rows], answers)

    def _nats(self, model: nn.Module, found: Sequence[Piece]) -> tuple[float, int]:
        batches = [self._batch([found[place].ids for place in places]) for places in _in_order(found)]
        return _total_nats(model, batches)

    def _scores(self, nats: Mapping[str, tuple[float, int]]) -> dict[str, float]:
        total, tokens = sum(nats[kind][0] for kind in nats), sum(nats[kind][1] for kind in nats)
        words = sum(piece.words for piece in chain.from_iterable(self.held_out.values()))
        return {
            "perplexity": perplexity(total, tokens),
            "perplexity_by_word": perplexity(total, words),
            **{f"perplexity_{kind}": perplexity(*nats[kind]) for kind in nats},
        }


def _check_texts(train: int, held_out: int, max_length: int) -> None:
    for count, use in ((train, "learn from"), (held_out, "be scored on")):
        if not count:
            raise ValueError(f"there are 0 texts to {use} that have a sentence of at most {max_length} tokens")


def _in_order(found: Sequence[Piece]) -> list[list[int]]:
    return token_batches([len(piece.ids) for piece in found], SCORED_AT_ONCE, torch.Generator().manual_seed(0))


def _total_nats(model: nn.Module, batches: Iterable[Batch]) -> tuple[float, int]:
    """The loss summed over all answers that count, and how many they are."""
    device = next(model.parameters()).device
    total, tokens = 0.0, 0
    for batch in batches:
        moved = batch.to(device)
        total += float(answer_loss(model(*moved.inputs), moved.answers, label_smoothing=0.0).detach())
        tokens += batch.tokens
    return total, tokens


class MaskedReader(nn.Module):
    """An encoder that gives the scores of the tokens at all places, ``(B, T, V)``, as training needs it.

    Args:
        model: the encoder, whose weights are trained.

    Source: Devlin et al., *BERT* (2019), section 3.1, task 1; without its extra layer before the output.

    Example:

        >>> from attnlab.transformer import TransformerConfig
        >>> encoder = EncoderOnly(TransformerConfig(11, d_model=6, n_heads=3, n_layers=2, d_ff=8, max_length=5))
        >>> MaskedReader(encoder)(torch.tensor([[3, 1, 4]])).shape
        torch.Size([1, 3, 11])
    """

    def __init__(self, model: EncoderOnly) -> None:
        super().__init__()
        self.model = model

    def forward(self, ids: Tensor, token_mask: Tensor | None = None) -> Tensor:
        """Return the scores of the tokens at all places, ``(B, T, V)``. Arguments: see ``EncoderOnly``."""
        return self.model.logits(self.model(ids, token_mask))  # (B, T, V)


class ReaderTask:
    """Texts with blanks to learn from and others to be scored on; see :class:`attnlab.training.Task`.

    The model is a :class:`MaskedReader`. In training, 15 % of a text's tokens are asked for, at least one: 80 % of
    these are hidden by the mask token, 10 % by a random one, 10 % are left, drawn anew in each epoch. In the held-out
    texts the same tokens are asked for each time, and all of them are hidden.

    Args:
        corpus, tokenizer, max_length, tokens_per_batch: see :class:`WriterTask`; the tokenizer has a mask token too.
        hidden_share: which share of the tokens is asked for in training.
        seed: decides the order of the texts and what is hidden.

    Raises:
        ValueError: no text is short enough to be learned from, or to be scored on.

    Source: Devlin et al., *BERT* (2019), section 3.1 and appendix A.1.

    Example: with bytes for tokens, one of the three letters of ``fig`` is asked for, and hidden by 259.

        >>> from attnlab.training.corpus import TEXT_SPECIALS
        >>> tokenizer = ByteLevelBPE([], special=TEXT_SPECIALS)
        >>> task = ReaderTask(Corpus(("Why?",), (), ("fig",)), tokenizer, max_length=9, tokens_per_batch=9)
        >>> task.held_out_rows()
        [([257, 102, 105, 259, 258], [-100, -100, -100, 103, -100])]
    """

    score = "perplexity"
    higher_is_better = False

    def __init__(
        self,
        corpus: Corpus,
        tokenizer: ByteLevelBPE,
        *,
        max_length: int,
        tokens_per_batch: int,
        hidden_share: float = HIDDEN_SHARE,
        seed: int = 0,
    ) -> None:
        self.tokenizer = tokenizer
        self.tokens_per_batch, self.hidden_share, self.seed = tokens_per_batch, hidden_share, seed
        self.typed = len(tokenizer.tokens)  # ids below are typed text, the others special tokens
        self.train = self._askable(pieces(tokenizer, corpus.train, max_length))
        self.held_out = self._askable(pieces(tokenizer, chain(corpus.articles, corpus.sentences), max_length))
        self.max_length = max_length
        _check_texts(len(self.train), len(self.held_out), max_length)

    @property
    def description(self) -> dict[str, Any]:
        """What a run must have in common with the one that it goes on from."""
        shown = {"texts": len(self.train), "max_length": self.max_length, "seed": self.seed}
        return {**shown, "hidden_share": self.hidden_share}

    def _askable(self, found: Iterable[Piece]) -> list[Piece]:
        return [piece for piece in found if any(token < self.typed for token in piece.ids)]

    def epoch(self, number: int) -> list[Batch]:
        """Return the batches of an epoch: all texts once, in an order and with blanks of its own."""
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + number)
        random = np.random.default_rng((self.seed, number))
        rows = [self.hide(piece.ids, random) for piece in self.train]
        batches = token_batches([len(piece.ids) for piece in self.train], self.tokens_per_batch, generator)
        return [
            _batch([rows[place][0] for place in places], [rows[place][1] for place in places]) for places in batches
        ]

    def hide(
        self, ids: Sequence[int], random: np.random.Generator, *, wholly: bool = False
    ) -> tuple[list[int], list[int]]:
        """Return a text with blanks and the answers: what stood there, and ``NOT_COUNTED`` elsewhere.

        Args:
            ids: a text with at least one typed token.
            random: draws which tokens are asked for.
            wholly: hide all of these by the mask token.
        """
        blanked, answers = np.array(ids), np.full(len(ids), NOT_COUNTED)
        typed = np.flatnonzero(blanked < self.typed)
        share = HIDDEN_SHARE if wholly else self.hidden_share
        asked = random.choice(typed, size=max(1, round(share * len(typed))), replace=False)
        answers[asked] = blanked[asked]
        chance = np.zeros(len(asked)) if wholly else random.random(len(asked))
        blanked[asked[chance < MASK_SHARE]] = self.tokenizer.mask_id
        replaced = asked[chance >= 1 - RANDOM_SHARE]
        blanked[replaced] = random.integers(self.typed, size=len(replaced))
        return blanked.tolist(), answers.tolist()

    def held_out_rows(self) -> list[tuple[list[int], list[int]]]:
        """Return the held-out texts with their blanks and answers, always the same."""
        random = np.random.default_rng(0)
        return [self.hide(piece.ids, random, wholly=True) for piece in self.held_out]

    def evaluate(self, model: nn.Module) -> dict[str, float]:
        """Return perplexity and accuracy in the blanks of the held-out texts: that the first guess is right, or one
        of the first five."""
        rows, device = self.held_out_rows(), next(model.parameters()).device
        found = []
        for places in _in_order(self.held_out):
            batch = _batch([rows[place][0] for place in places], [rows[place][1] for place in places]).to(device)
            asked = batch.answers != NOT_COUNTED  # (B, T)
            log_p = model(*batch.inputs)[asked].float().log_softmax(dim=-1)  # (N, V)
            found.append(_guesses(log_p, batch.answers[asked]))
        return _guess_scores(torch.cat(found))

    def baseline(self, *, right: bool = True) -> dict[str, float]:
        """Return what a trigram model reaches in the same blanks.

        Args:
            right: let it weigh what follows a blank as well; see :func:`two_sided`. Otherwise it reads from the left,
                as a trigram model does when it writes.
        """
        tokenizer = self.tokenizer
        size = len(tokenizer)
        trigrams = Trigrams([piece.ids for piece in self.train], size, never=[tokenizer.start_id, tokenizer.mask_id])
        neighbors, answers = self._blanks()
        if not right:
            neighbors[:, 2:] = NOTHING
        candidates = np.arange(size) < self.typed
        found = []
        for start in range(0, len(answers), 64):  # (64, V) numbers at a time
            part = neighbors[start : start + 64]
            p = two_sided(trigrams, part[:, :2], part[:, 2:], candidates)  # (N, V)
            found.append(_guesses(torch.from_numpy(p).log(), torch.from_numpy(answers[start : start + 64])))
        return _guess_scores(torch.cat(found))

    def _blanks(self) -> tuple[Ids, Ids]:
        """The two tokens on either side of each blank, ``(N, 4)``, and what stood in it, ``(N,)``."""
        neighbors, answers = [], []
        for blanked, wanted in self.held_out_rows():
            ids, answer = np.array(blanked), np.array(wanted)
            asked = answer != NOT_COUNTED
            neighbors.append(neighbors_of(ids, asked, self.tokenizer.mask_id))
            answers.append(answer[asked])
        return np.concatenate(neighbors), np.concatenate(answers)


def _guesses(log_p: Tensor, answers: Tensor) -> Tensor:
    """For each blank: the nats of its answer, and how many tokens were thought likelier, ``(N, 2)``."""
    own = log_p.gather(1, answers[:, None])  # (N, 1)
    return torch.stack([-own[:, 0].double(), (log_p > own).sum(dim=1).double()], dim=1).cpu()


def _guess_scores(guesses: Tensor) -> dict[str, float]:
    nats, before = guesses.unbind(dim=1)
    return {
        "perplexity": perplexity(float(nats.sum()), len(nats)),
        "accuracy": float((before < 1).double().mean()),
        "accuracy_of_five": float((before < 5).double().mean()),
    }

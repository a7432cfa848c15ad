"""Training a reader, which fills the blanks of a text, and scoring it beside a trigram model.

What it reads, and how it is cut into texts, says ``attnlab.training.corpus``.
"""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from attnlab.text import ByteLevelBPE
from attnlab.training.batches import NOT_COUNTED, Batch, token_batches
from attnlab.training.corpus import Corpus, Piece, pieces
from attnlab.training.scores import perplexity
from attnlab.training.text_batches import batches_in_order, check_texts, text_batch
from attnlab.training.trigrams import NOTHING, Ids, Trigrams, neighbors_of, two_sided
from attnlab.transformer import EncoderOnly

HIDDEN_SHARE, MASK_SHARE, RANDOM_SHARE = 0.15, 0.8, 0.1  # BERT's: what is hidden, and by what


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
        corpus, tokenizer, max_length, tokens_per_batch: see :class:`attnlab.training.language.WriterTask`; the
            tokenizer has a mask token too.
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
        check_texts(len(self.train), len(self.held_out), max_length)

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
            text_batch([rows[place][0] for place in places], [rows[place][1] for place in places]) for places in batches
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
        for places in batches_in_order(self.held_out):
            batch = text_batch([rows[place][0] for place in places], [rows[place][1] for place in places]).to(device)
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

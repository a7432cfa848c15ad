"""A textbook translator to compare the book's own with: ``torch.nn.Transformer``, the same size, the same sentences.

It is what most tutorials build: PyTorch's module with sinusoidal positions, dropout 0.1, label smoothing 0.1, two
embeddings and an output layer, decoded greedily. It learns from the same tokens through the same loop, for the same
time: ``python -m bench.reference_translator --pairs train.tsv --dev dev.tsv --out FOLDER --steps N``.
"""

import argparse
import dataclasses
import math
import time
from pathlib import Path

import torch
from torch import Tensor, nn

from attnlab.data import group_references, read_pairs
from attnlab.positions import sinusoidal_positions
from attnlab.text import ByteLevelBPE, CharacterTokenizer, normalize_chinese
from attnlab.training import Batch, Progress, presets, train
from attnlab.training.scores import translation_scores
from attnlab.training.translation import SOURCE_SPECIALS, TARGET_SPECIALS, TranslationTask, batch_of, source_ids

SHAPE = presets.TRANSLATOR_SHAPE
DROPOUT = 0.1


class TextbookTranslator(nn.Module):
    """``nn.Transformer`` between two embeddings and an output layer."""

    def __init__(self, source_size: int, target_size: int) -> None:
        super().__init__()
        D = SHAPE["d_model"]
        self.source = nn.Embedding(source_size, D)
        self.target = nn.Embedding(target_size, D)
        self.transformer = nn.Transformer(
            D,
            SHAPE["n_heads"],
            SHAPE["n_layers"] - 1,  # an output layer of its own takes the place of a layer of the encoder
            SHAPE["n_decoder_layers"],
            SHAPE["d_ff"],
            DROPOUT,
            batch_first=True,
            norm_first=True,
        )
        self.output = nn.Linear(D, target_size)
        self.dropout = nn.Dropout(DROPOUT)
        self.register_buffer("waves", sinusoidal_positions(SHAPE["max_length"], D), persistent=False)
        for parameter in self.parameters():
            if parameter.dim() > 1:
                nn.init.xavier_uniform_(parameter)

    def forward(self, source: Tensor, target: Tensor, source_mask: Tensor) -> Tensor:
        """Return the scores of the next token after each token of the target, ``(B, T, V)``."""
        T = target.shape[1]
        hidden = self.transformer(
            self._placed(self.source(source)),
            self._placed(self.target(target)),
            tgt_mask=torch.ones(T, T, dtype=torch.bool, device=target.device).triu(1),  # torch: True = may not attend
            src_key_padding_mask=~source_mask,
            memory_key_padding_mask=~source_mask,
            tgt_is_causal=True,
        )
        return self.output(hidden)  # (B, T, V)

    def _placed(self, x: Tensor) -> Tensor:
        return self.dropout(x * math.sqrt(x.shape[-1]) + self.waves[: x.shape[1]])


class TextbookTask(TranslationTask):
    """The same sentences; translated greedily by reading everything anew for each token, as tutorials do.

    Attributes:
        seconds_of_scoring: how long the processor was busy with that, which is no part of the training.
    """

    seconds_of_scoring = 0.0

    @torch.no_grad()
    def evaluate(self, model: nn.Module) -> dict[str, float]:
        """Return BLEU and chrF of the held-out sentences."""
        started = time.process_time()
        found = [text for start in range(0, len(self.held_out), 128) for text in self._translated(model, start)]
        self.seconds_of_scoring += time.process_time() - started
        return translation_scores(found, [references for _, references in self.held_out])

    def _translated(self, model: nn.Module, start: int) -> list[str]:
        sentences = [source_ids(self.source, text) for text, _ in self.held_out[start : start + 128]]
        batch: Batch = batch_of(sentences, [[self.target.start_id, self.target.end_id]] * len(sentences))
        source, written, mask = batch.inputs
        ended = torch.zeros(len(source), dtype=torch.bool)
        while written.shape[1] < SHAPE["max_length"] and not ended.all():
            newest = model(source, written, mask)[:, -1:].argmax(dim=-1)  # (B, 1)
            written = torch.cat([written, newest], dim=1)
            ended |= newest[:, 0] == self.target.end_id
        rows = [row[1:] for row in written.tolist()]
        return [
            self.target.decode(row[: row.index(self.target.end_id)] if self.target.end_id in row else row)
            for row in rows
        ]


def main() -> None:
    """Train the textbook translator and print its scores as it learns."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("pairs", "dev", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=presets.TRANSLATOR.steps)
    parser.add_argument("--resume", action="store_true")
    options = parser.parse_args()
    pairs, held_out = read_pairs(options.pairs), read_pairs(options.dev)
    source = CharacterTokenizer.from_text(
        [normalize_chinese(pair.chinese) for pair in pairs], special=SOURCE_SPECIALS, min_count=2
    )
    target = ByteLevelBPE.train([pair.english for pair in pairs], presets.TRANSLATOR_MERGES, special=TARGET_SPECIALS)
    torch.manual_seed(0)
    model = TextbookTranslator(len(source), len(target))
    config = dataclasses.replace(
        presets.TRANSLATOR, steps=options.steps, average_decay=0.0, evaluate_every=max(1, options.steps // 2)
    )
    task = TextbookTask(pairs, held_out, source, target, tokens_per_batch=config.tokens_per_batch)
    weights = sum(parameter.numel() for parameter in model.parameters())
    print(f"{weights:,} weights, {len(group_references(held_out))} sentences")
    started = time.process_time()

    def report(progress: Progress) -> None:
        if progress.scores:
            busy = time.process_time() - started - task.seconds_of_scoring
            print(f"step {progress.step}: {busy / 60:.1f} CPU minutes, {dict(progress.scores)}", flush=True)

    train(model, task, config, options.out, resume=options.resume, report=report)


if __name__ == "__main__":
    main()

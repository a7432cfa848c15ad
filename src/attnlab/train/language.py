"""Training the writer, which goes on with a text, and the reader, which fills its blanks, from English text.

Both are scored on texts that they did not learn from, beside a trigram model that counted the same texts. The best
weights are chosen on these texts too; a few numbers are chosen there, so the scores are a little kind to the models.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path

import torch

from attnlab.models import StoredModel, load_reader, load_writer, save_model
from attnlab.text import ByteLevelBPE
from attnlab.train.run import add_options, config_from, run, write_card
from attnlab.training import presets
from attnlab.training.corpus import Corpus, read_corpus, train_tokenizer
from attnlab.training.language import MaskedReader, ReaderTask, WriterTask
from attnlab.transformer import DecoderOnly, EncoderOnly, TransformerConfig

WRITER_TITLE = "Writer: goes on with an English text"
READER_TITLE = "Reader: fills the blanks of an English text"
DATA = (
    "Paragraphs of Wikipedia, from [WikiText](https://arxiv.org/abs/1609.07843) (Merity et al., 2016), CC BY-SA 3.0, "
    "by their authors; English sentences of the [Tatoeba project](https://tatoeba.org), CC-BY 2.0 (France), each with "
    "its authors' names in the data's third column. One article in ten and a part of the sentences are held out: the "
    "scores, and the choice of the best weights, are from these."
)
SHOWN = {
    "perplexity": "Perplexity a token",
    "perplexity_by_word": "Perplexity a word",
    "perplexity_articles": "Perplexity a token, articles",
    "perplexity_sentences": "Perplexity a token, everyday sentences",
    "accuracy": "First guess right",
    "accuracy_of_five": "Right among the first five guesses",
}


def add_to(kinds: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``writer`` and ``reader`` to the command line."""
    for name, words, train, preset in (
        ("writer", "goes on with an English text", _train_writer, presets.WRITER),
        ("reader", "fills the blanks of an English text", _train_reader, presets.READER),
    ):
        parser = kinds.add_parser(name, help=words)
        parser.add_argument("--articles", type=Path, nargs="+", required=True, help="files of articles, as WikiText's")
        parser.add_argument("--pairs", type=Path, required=True, help="sentence pairs whose English is learned from")
        parser.add_argument("--dev", type=Path, required=True, help="sentence pairs whose English is held out")
        parser.set_defaults(run=train)
        add_options(parser, preset)


def _train_writer(options: argparse.Namespace) -> None:
    config = config_from(options)
    corpus, tokenizer = _prepared(options)
    shape = TransformerConfig(len(tokenizer), **presets.WRITER_SHAPE)
    model = DecoderOnly(shape, generator=torch.Generator().manual_seed(config.seed))
    task = WriterTask(
        corpus, tokenizer, max_length=shape.max_length, tokens_per_batch=config.tokens_per_batch, seed=config.seed
    )
    if not run(model, task, config, options):
        return
    save_model(options.out, StoredModel(model, {"text": tokenizer}))
    with torch.inference_mode():
        found = task.evaluate(load_writer(options.out).model)
    scores = beside_trigrams(found, task.baseline())
    write_card(options, WRITER_TITLE, DATA, config, model, scores)


def _train_reader(options: argparse.Namespace) -> None:
    config = config_from(options)
    corpus, tokenizer = _prepared(options)
    shape = TransformerConfig(len(tokenizer), **presets.READER_SHAPE)
    model = EncoderOnly(shape, generator=torch.Generator().manual_seed(config.seed))
    task = ReaderTask(
        corpus,
        tokenizer,
        max_length=shape.max_length,
        tokens_per_batch=config.tokens_per_batch,
        hidden_share=presets.READER_HIDDEN_SHARE,
        seed=config.seed,
    )
    if not run(MaskedReader(model), task, config, options):
        return
    save_model(options.out, StoredModel(model, {"text": tokenizer}))
    with torch.inference_mode():
        found = task.evaluate(MaskedReader(load_reader(options.out).model))
    scores = reader_scores(found, task)
    write_card(options, READER_TITLE, DATA, config, model, scores)


def _prepared(options: argparse.Namespace) -> tuple[Corpus, ByteLevelBPE]:
    """The texts, and a tokenizer that has learned from those not held out."""
    corpus = read_corpus(options.articles, [options.pairs], [options.dev])
    return corpus, train_tokenizer(corpus.train, presets.TEXT_MERGES)


def reader_scores(scores: Mapping[str, float], task: ReaderTask) -> dict[str, str]:
    """Return the lines of a reader's table: its scores beside trigrams, and those of trigrams that read both sides."""
    both = task.baseline()
    lines = {f"{SHOWN[name]}, trigrams that see both sides": _shown(name, both) for name in both}
    return beside_trigrams(scores, task.baseline(right=False)) | lines


def beside_trigrams(scores: Mapping[str, float], trigrams: Mapping[str, float]) -> dict[str, str]:
    """Return the lines of the card's table: each score of a model, and after it that of the trigram model.

    Example:

        >>> beside_trigrams({"perplexity": 30.04, "accuracy": 0.5}, {"perplexity": 91.0, "accuracy": 0.383})
        {'Perplexity a token': '30.0 (trigrams: 91.0)', 'First guess right': '50.0 % (trigrams: 38.3 %)'}
    """
    return {
        words: f"{_shown(name, scores)} (trigrams: {_shown(name, trigrams)})"
        for name, words in SHOWN.items()
        if name in scores
    }


def _shown(name: str, scores: Mapping[str, float]) -> str:
    return f"{scores[name]:.1%}".replace("%", " %") if name.startswith("accuracy") else f"{scores[name]:,.1f}"

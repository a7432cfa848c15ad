"""Training the translator: Chinese to English, from sentence pairs."""

import argparse
from pathlib import Path

import torch
from tqdm import tqdm

from attnlab.data import group_references, read_pairs
from attnlab.data.variants import read_variants
from attnlab.models import StoredModel, Translator, load_translator, save_model
from attnlab.text import ByteLevelBPE, CharacterTokenizer, normalize_chinese
from attnlab.train.run import add_options, config_from, run, write_card
from attnlab.training import presets
from attnlab.training.scores import translation_scores
from attnlab.training.translation import SOURCE_SPECIALS, TARGET_SPECIALS, TranslationTask
from attnlab.transformer import EncoderDecoder, TransformerConfig

BEAM = {"width": 5, "length_penalty": 1.0}
TITLE = "Translator: reads Chinese, writes English"
DATA = (
    "Sentence pairs of the [Tatoeba project](https://tatoeba.org), CC-BY 2.0 (France), each with its authors' names in "
    "the data's third column. Traditional characters: the dictionary of the Open Chinese Convert project (Apache-2.0)."
)


def add_to(kinds: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``translator`` to the command line."""
    parser = kinds.add_parser("translator", help="Chinese to English, from sentence pairs")
    parser.add_argument("--pairs", type=Path, required=True, help="sentence pairs to learn from, tab-separated")
    parser.add_argument("--dev", type=Path, required=True, help="sentence pairs to be scored on")
    parser.add_argument("--variants", type=Path, help="traditional and simplified characters (TSCharacters.txt)")
    parser.set_defaults(run=_train)
    add_options(parser, presets.TRANSLATOR)


def _train(options: argparse.Namespace) -> None:
    config = config_from(options)
    pairs, held_out = read_pairs(options.pairs), read_pairs(options.dev)
    source = CharacterTokenizer.from_text(
        [normalize_chinese(pair.chinese) for pair in pairs], special=SOURCE_SPECIALS, min_count=2
    )
    target = ByteLevelBPE.train([pair.english for pair in pairs], presets.TRANSLATOR_MERGES, special=TARGET_SPECIALS)
    shape = TransformerConfig(len(target), source_vocab_size=len(source), **presets.TRANSLATOR_SHAPE)
    model = EncoderDecoder(shape, generator=torch.Generator().manual_seed(config.seed))
    task = TranslationTask(
        pairs,
        held_out,
        source,
        target,
        tokens_per_batch=config.tokens_per_batch,
        max_length=shape.max_length,
        restraint=presets.TRANSLATOR_RESTRAINT,
        seed=config.seed,
    )
    if not run(model, task, config, options):
        return
    save_translator(options.out, model, source, target, options.variants)
    scores = score(load_translator(options.out), options.dev)
    write_card(options, TITLE, DATA, config, model, scores)


def save_translator(
    folder: Path, model: EncoderDecoder, source: CharacterTokenizer, target: ByteLevelBPE, variants: Path | None
) -> None:
    """Write the translator's folder.

    Args:
        folder: where to.
        model: the trained model.
        source: spells Chinese.
        target: spells English.
        variants: a dictionary of traditional characters; see ``attnlab.data.variants``. The translator takes from it
            those that it has not learned, but whose simplified form it has.
    """
    known = source.vocabulary.index
    pairs = {} if variants is None else read_variants(variants)
    simplified = {one: other for one, other in pairs.items() if one not in known and other in known}
    extra = {
        "decoding": BEAM,
        "variants": {"traditional": "".join(simplified), "simplified": "".join(simplified.values())},
    }
    save_model(folder, StoredModel(model, {"source": source, "target": target}, extra))


def score(translator: Translator, dev: Path) -> dict[str, str]:
    """Return BLEU and chrF on a file of pairs, all English sentences of a Chinese one taken together as references.

    The greedy translations and those of the beam are those that a reader of the book gets.
    """
    grouped = group_references(read_pairs(dev))
    references = [several for _, several in grouped]
    scores = {}
    for name, width in (("greedy", 1), (f"beam of {BEAM['width']}", int(BEAM["width"]))):
        found = [_translated(translator, sentence, width) for sentence, _ in tqdm(grouped, desc=name, leave=False)]
        figures = translation_scores(found, references)
        scores[f"BLEU, {name}"], scores[f"chrF, {name}"] = f"{figures['bleu']:.1f}", f"{figures['chrf']:.1f}"
    return scores


def _translated(translator: Translator, sentence: str, width: int) -> str:
    """The translation; nothing, which scores nothing, of a sentence that the translator cannot read."""
    try:
        return translator.translate(sentence, width=width, cut=True)
    except ValueError:
        return ""

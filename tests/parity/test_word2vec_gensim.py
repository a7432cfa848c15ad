"""Word2Vec against gensim, on a text in which it is known what belongs together."""

from functools import cache
from typing import Any

import gensim
import numpy as np
import pytest
from gensim.models import Word2Vec

from attnlab import word2vec
from attnlab.word2vec import Word2VecConfig, corpus, shipping
from attnlab.word2vec.lane import Lane

TOPICS, WORDS_OF_TOPIC, COMMON = 12, 25, 30
SENTENCES, LENGTH, ASTRAY = 1500, 6, 0.4
SEEDS = (1, 2, 3, 4)
RATES = {"skip-gram": 0.1, "cbow": 0.2}
MEAN_OF = {"skip-gram": 1, "cbow": 3}  # words; they do not divide the gradient of CBOW's mean by their number
SETTINGS = {"dim": 20, "window": 4, "negatives": 5, "subsample": 0.01, "min_count": 3, "epochs": 3}


@cache
def text() -> list[list[str]]:
    """Sentences about one topic each, with words that all topics share and some from other topics.

    There are frequent and rare words, as in real texts.
    """
    generator = np.random.default_rng(4)
    shares = 1 / np.arange(1, WORDS_OF_TOPIC + 1)
    common = 1 / np.arange(1, COMMON + 1)
    sentences = []
    for number in range(SENTENCES):
        own = generator.choice(WORDS_OF_TOPIC, size=LENGTH, p=shares / shares.sum()).tolist()
        shared = generator.choice(COMMON, size=LENGTH, p=common / common.sum()).tolist()
        topics = np.where(generator.random(LENGTH) < ASTRAY, generator.integers(0, TOPICS, LENGTH), number % TOPICS)
        triples = zip(topics.tolist(), own, shared, strict=True)
        sentences.append([word for topic, a, b in triples for word in (f"t{topic}-{a}", f"c{b}")])
    return sentences


def theirs(model: str, seed: int) -> Word2Vec:
    made = Word2Vec(
        vector_size=SETTINGS["dim"],
        window=SETTINGS["window"],
        negative=SETTINGS["negatives"],
        sample=SETTINGS["subsample"],
        min_count=SETTINGS["min_count"],
        sg=int(model == "skip-gram"),
        workers=1,
        seed=seed,
        alpha=RATES[model],
        batch_words=300,  # how often its learning rate changes
    )
    made.build_vocab(text())
    made.train(text(), total_examples=made.corpus_count, epochs=SETTINGS["epochs"])
    return made


def ours(model: Any, seed: int) -> Any:
    config = Word2VecConfig(**SETTINGS, model=model, seed=seed, workers=1, learning_rate=RATES[model] * MEAN_OF[model])
    return word2vec.train_word2vec(text(), config)


def together(index: dict[str, int], vectors: Any) -> float:
    """How often the five nearest of a topic's words are of that topic."""
    words = [word for word in index if word[0] == "t"]
    unit = np.stack([vectors[index[word]] for word in words])
    unit = unit / np.linalg.norm(unit, axis=1, keepdims=True)
    cosines = unit @ unit.T - 2 * np.eye(len(words))
    topics = np.array([word.split("-")[0] for word in words])
    nearest = np.argsort(-cosines, axis=1)[:, :5]
    return float((topics[nearest] == topics[:, None]).mean())


def average(model: Any) -> float:
    return float(np.mean([together(one.index, one.vectors) for one in (ours(model, seed) for seed in SEEDS)]))


@cache
def their_average(model: str) -> float:
    made = [theirs(model, seed).wv for seed in SEEDS]
    return float(np.mean([together(one.key_to_index, one.vectors) for one in made]))


@pytest.mark.parametrize("model", ["skip-gram", "cbow"])
def test_what_belongs_together_is_found_as_often(model: str) -> None:
    """Neither at once nor hardly ever, so that a weaker method would show."""
    assert 0.3 < their_average(model) < 0.97
    assert average(model) > their_average(model) - 0.05


def check_vocabulary() -> None:
    made = theirs("cbow", 1)
    counts = word2vec.count_words(text(), min_count=SETTINGS["min_count"])
    assert set(counts.vocabulary.tokens) == set(made.wv.key_to_index)
    keep = counts.keep_probabilities(SETTINGS["subsample"])
    their_noise = np.diff(made.cum_table, prepend=0) / made.cum_table[-1]
    for word, count, kept, share in zip(counts.vocabulary.tokens, counts.counts, keep, counts.noise(), strict=True):
        assert count == made.wv.get_vecattr(word, "count")
        # Theirs is kept as a whole number out of 2**32.
        assert kept == pytest.approx(made.wv.get_vecattr(word, "sample_int") / (2**32 - 1), abs=1e-6)
        assert share == pytest.approx(their_noise[made.wv.key_to_index[word]], abs=1e-6)


def test_the_vocabulary_what_is_left_out_and_the_noise_are_theirs() -> None:
    check_vocabulary()


# --- the card of the shipped vectors ----------------------------------------------------------------------------------


def test_the_comparison_gives_both_sides_the_same_words() -> None:
    counts = word2vec.count_words(text(), min_count=SETTINGS["min_count"], max_size=100)
    config = Word2VecConfig(**SETTINGS, max_size=100)
    made = shipping.by_gensim(text(), counts, config)
    assert set(made.place_of) == set(counts.vocabulary.tokens)
    assert made.vectors.shape == (100, SETTINGS["dim"])
    # It has learned: what belongs together is together more often than by chance.
    assert together({word: place for word, place in made.place_of.items() if word[0] == "t"}, made.vectors) > 0.15


def test_the_card_states_both_scores_and_both_speeds() -> None:
    sentences = [["tiger", "cat", "jaguar", "cat"], ["money", "bank", "cash"], ["stock", "market"]] * 20
    config = Word2VecConfig(dim=8, epochs=2, subsample=0)
    counts = word2vec.count_words(sentences)
    found = shipping.scores_of(word2vec.train_word2vec(sentences, config), sentences, counts, config)
    names = [name.replace(f"gensim {gensim.__version__}", "gensim") for name in found]
    agreement, theirs, rate, their_rate = names
    assert agreement.startswith("WordSim-353, Spearman's correlation over ")
    assert agreement.endswith(" of 353 pairs")
    assert theirs == "gensim, same text and settings"
    assert (rate, their_rate) == ("words read a second, 2 workers", "gensim, 2 workers")
    correlation, their_correlation, *rates = (float(value.replace(",", "")) for value in found.values())
    assert -1 <= min(correlation, their_correlation) <= max(correlation, their_correlation) <= 1
    assert min(rates) > 100


# --- planted mistakes -------------------------------------------------------------------------------------------------


def test_a_lane_that_loses_half_of_its_changes_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    add = Lane.add
    monkeypatch.setattr(Lane, "add", lambda self, part: add(self, part) if part % 2 else None)
    assert average("skip-gram") < their_average("skip-gram") - 0.05


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("noise", lambda self, power=1.0: self.counts / self.counts.sum()),
        ("keep_probabilities", lambda self, t: np.minimum(1, np.sqrt(t / (self.counts / self.counts.sum())))),
    ],
)
def test_another_noise_or_another_threshold_is_noticed(monkeypatch: pytest.MonkeyPatch, name: str, wrong: Any) -> None:
    monkeypatch.setattr(corpus.Counts, name, wrong)
    with pytest.raises(AssertionError):
        check_vocabulary()

"""Texts cut into tokens, and tokens as numbers.

=======================  ====================================================================================
``CharacterTokenizer``   each character is a token
``WordTokenizer``        each word is a token
``ByteLevelBPE``         byte-pair encoding, learned from a text merge by merge
``WordPieceTokenizer``   BERT's pieces, from a vocabulary file
``Vocabulary``           tokens and their ids
``SpecialTokens``        the tokens that nobody types
``one_hot``              ids as rows with a single 1
``normalize_chinese``    one form for each sign of a Chinese text
=======================  ====================================================================================
"""

from attnlab.text.bert_words import IDEOGRAPHS, REMOVED
from attnlab.text.bpe import ByteLevelBPE
from attnlab.text.bpe_training import MergeStep, chunks, train_steps
from attnlab.text.chinese import normalize_chinese
from attnlab.text.one_hot import one_hot
from attnlab.text.simple import CharacterTokenizer, WordTokenizer
from attnlab.text.special_tokens import BERT_SPECIALS, NO_SPECIALS, SpecialTokens
from attnlab.text.vocabulary import Vocabulary
from attnlab.text.wordpiece import CONTINUES, LONGEST_WORD, UNKNOWN, Token, WordPieceTokenizer

__all__ = [
    "BERT_SPECIALS",
    "CONTINUES",
    "IDEOGRAPHS",
    "LONGEST_WORD",
    "NO_SPECIALS",
    "REMOVED",
    "UNKNOWN",
    "ByteLevelBPE",
    "CharacterTokenizer",
    "MergeStep",
    "SpecialTokens",
    "Token",
    "Vocabulary",
    "WordPieceTokenizer",
    "WordTokenizer",
    "chunks",
    "normalize_chinese",
    "one_hot",
    "train_steps",
]

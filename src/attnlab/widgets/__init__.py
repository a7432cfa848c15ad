"""The live pictures of the book, for notebooks and for its pages."""

from attnlab.widgets.base import AttnWidget
from attnlab.widgets.families import FamilyExplorer
from attnlab.widgets.heads import MultiHeadExplorer
from attnlab.widgets.latent_space import LatentSpaceExplorer
from attnlab.widgets.mask_explorer import MaskExplorer
from attnlab.widgets.playground import ModelPlayground
from attnlab.widgets.positions import PositionExplorer
from attnlab.widgets.question import Question
from attnlab.widgets.self_attention import MAX_TOKENS, SelfAttentionExplorer
from attnlab.widgets.tokens import TokenizerExplorer
from attnlab.widgets.translation import TranslationExplorer
from attnlab.widgets.word2vec_trainer import Word2VecTrainer

__all__ = [
    "MAX_TOKENS",
    "AttnWidget",
    "FamilyExplorer",
    "LatentSpaceExplorer",
    "MaskExplorer",
    "ModelPlayground",
    "MultiHeadExplorer",
    "PositionExplorer",
    "Question",
    "SelfAttentionExplorer",
    "TokenizerExplorer",
    "TranslationExplorer",
    "Word2VecTrainer",
]

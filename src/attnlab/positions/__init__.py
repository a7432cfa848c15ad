"""Where a token stands: attention alone cannot tell, so the position has to be added.

Six ways to add it, in the order in which they were found:

====================  ============================================================  ================================
sinusoidal (2017)     fixed sines and cosines, added to the token's vector          ``sinusoidal_positions``
learned (2017)        a learned vector for each position, added to the token's      ``LearnedPositions``
Shaw (2018)           a learned vector for each distance, added to keys and values  ``ShawRelativePositions``
T5 (2020)             a learned number for each bucket of distances, on the scores  ``T5RelativeBias``
rotary (2021)         queries and keys are turned by an angle for each position     ``RotaryPositions``
ALiBi (2022)          the scores fall with the distance, nothing is learned         ``alibi_bias``
====================  ============================================================  ================================

The first position is 0.
"""

from attnlab.positions.absolute import LearnedPositions, sinusoidal_positions
from attnlab.positions.alibi import alibi_bias, alibi_slopes
from attnlab.positions.relative import (
    ShawRelativePositions,
    T5RelativeBias,
    relative_buckets,
    relative_positions,
)
from attnlab.positions.rotary import RotaryPositions, adjacent_to_halves, frequencies

__all__ = [
    "LearnedPositions",
    "RotaryPositions",
    "ShawRelativePositions",
    "T5RelativeBias",
    "adjacent_to_halves",
    "alibi_bias",
    "alibi_slopes",
    "frequencies",
    "relative_buckets",
    "relative_positions",
    "sinusoidal_positions",
]

"""The checker of the book's exercises, and its quick questions.

``check`` runs a reader's function on numbers chosen so that the usual wrong formulas all give something else. It says
not only that an answer is wrong but, where it knows the mistake, which one it is.
"""

from attnlab.exercises import (
    cross_attention,
    encoding_and_decoding,
    latent_space,
    masking,
    multi_head_attention,
    positional_encoding,
    self_attention,
    tokens,
    word2vec,
)
from attnlab.exercises.checking import Exercise, Feedback, feedback
from attnlab.strings import has, language, text
from attnlab.widgets.question import Question

CHAPTERS = (
    encoding_and_decoding,
    tokens,
    latent_space,
    word2vec,
    self_attention,
    cross_attention,
    positional_encoding,
    multi_head_attention,
    masking,
)
EXERCISES: dict[str, Exercise] = {exercise.id: exercise for chapter in CHAPTERS for exercise in chapter.EXERCISES}
# For each question, which of its choices (counted from 1) is correct. The words are in the string tables.
QUESTIONS: dict[str, int] = {name: right for chapter in CHAPTERS for name, right in chapter.QUESTIONS.items()}

__all__ = ["EXERCISES", "QUESTIONS", "Feedback", "check", "question"]


def check(exercise_id: str, answer: object) -> Feedback:
    """Return what is right or wrong about a reader's function. Its own errors are reported, never raised.

    Args:
        exercise_id: which exercise, for example ``"self-attention/scores"``.
        answer: the function that the exercise asks for.

    Raises:
        ValueError: there is no such exercise.

    Example:

        >>> check("self-attention/scores", lambda q, k: k @ q.T)
        Not yet right: rows and columns are exchanged.
        Hint: Row i belongs to query i, column j to key j. Which of the two matrices has to come first?
    """
    if exercise_id not in EXERCISES:
        raise ValueError(f"there is no exercise {exercise_id!r}; there is {', '.join(EXERCISES)}")
    return feedback(EXERCISES[exercise_id], answer)


def question(question_id: str, lang: str | None = None) -> Question:
    """Return a quick question as a widget.

    Raises:
        ValueError: there is no such question.

    Example:

        >>> question("self-attention/word-order").prompt.startswith("Two words")
        True
    """
    if question_id not in QUESTIONS:
        raise ValueError(f"there is no question {question_id!r}; there is {', '.join(QUESTIONS)}")
    lang, key = language(lang), f"question.{question_id}"
    numbers = [number for number in range(1, 10) if has(f"{key}.{number}")]
    choices = [
        {
            "text": text(f"{key}.{number}", lang),
            "correct": number == QUESTIONS[question_id],
            "feedback": text(f"{key}.{number}.feedback", lang),
        }
        for number in numbers
    ]
    return Question(text(key, lang), choices, id=question_id.replace("/", "-"), lang=lang)

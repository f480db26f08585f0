"""The whole way of a question, from words to an answer."""

import uuid
from dataclasses import dataclass
from time import perf_counter

from index.archive import Archive
from index.embed import TextEmbedder
from index.language import Identifier
from index.types import Filter
from qa.answer import compose
from qa.question import HITS, checked
from qa.search import search
from qa.types import Answer
from qa.words import content_words

ANYTHING = Filter()
_TELLING = 3  # words; of shorter questions that identification is not sure of, many are only a name


@dataclass(frozen=True, slots=True)
class Asker:
    """An archive with the model that reads questions. One thread at a time."""

    archive: Archive
    embedder: TextEmbedder
    identifier: Identifier

    def ask(self, question: str, top_k: int = HITS, among: Filter = ANYTHING) -> Answer:
        """Answer a question from the `top_k` best passages among those that the filter lets through.

        Raises:
            QuestionError: the question cannot be asked.
            ArchiveDamaged: what would be quoted is not what was written.
        """
        question = checked(question)
        began = perf_counter()
        self.archive.refresh()
        guess = self.identifier.guess(question)
        vector = self.archive.centre.centred(self.embedder.question(question).vector[None], [guess.language])[0]
        embedded = perf_counter()
        words = content_words(question)
        hits = search(self.archive, vector, words, top_k, among)
        searched = perf_counter()
        text, citations = compose(vector, words, hits)
        done = perf_counter()
        times = {"embed": embedded - began, "search": searched - embedded, "answer": done - searched}
        times["total"] = perf_counter() - began
        return Answer(
            id=uuid.uuid4().hex,
            question=question,
            language=guess.language if guess.reliable or len(question.split()) >= _TELLING else None,
            text=text,
            citations=citations,
            hits=tuple(hits),
            generation=self.archive.generation.revision,
            took_ms={stage: round(seconds * 1000, 3) for stage, seconds in times.items()},
        )

"""ORDER BY RANK over the documents at hand, as a client does it over the answers of ranges."""

from collections.abc import Sequence

from emulators.cosmos.sql import full_text, syntax
from emulators.cosmos.sql.compiler import Names, compile_expression
from emulators.cosmos.sql.hybrid import Component, Parameters, components, fused
from emulators.cosmos.sql.scope import Scope
from emulators.cosmos.sql.values import Value


class Ranking:
    """The order that ORDER BY RANK asks for."""

    def __init__(self, rank: syntax.Expression, names: Names) -> None:
        self._rank = rank
        self._names = names

    def ordered(
        self, rows: list[Scope], everything: Sequence[Scope], parameters: Parameters
    ) -> list[Scope]:
        """*rows* with the best first; how rare a word is depends on *everything*.

        Raises:
            SqlError: it is no ranking, or not everything in it is supported.
        """
        scores = components(self._rank, parameters)
        columns = [self._column(score, rows, everything) for score in scores]
        totals = fused(columns, scores)
        places = sorted(range(len(rows)), key=lambda at: totals[at], reverse=True)
        return [rows[at] for at in places]

    def _column(
        self, score: Component, rows: list[Scope], everything: Sequence[Scope]
    ) -> list[Value]:
        if not score.is_text:
            distance = compile_expression(score.score(None), self._names)
            return [distance(row) for row in rows]
        text = compile_expression(score.text, self._names)
        terms = [compile_expression(term, self._names)(Scope({}, {})) for term in score.terms]
        texts = [value for row in everything if type(value := text(row)) is str]
        total = sum(map(full_text.word_count, texts))
        hits = [sum(full_text.occurrences(each, term) > 0 for each in texts) for term in terms]
        return [full_text.score(text(row), terms, len(everything), total, hits) for row in rows]

"""Text to syntax tree: the lark parser and the transformer it feeds."""

import re
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedToken, v_args

from emulators.cosmos.sql import syntax
from emulators.cosmos.sql.errors import SqlError
from emulators.cosmos.sql.values import UNDEFINED

MAX_LENGTH: Final = 512 * 1024

# fmt: off
_KEYWORDS: Final = frozenset((
    "SELECT", "DISTINCT", "TOP", "VALUE", "AS", "FROM", "JOIN", "IN", "WHERE", "GROUP", "ORDER",
    "BY", "OFFSET", "LIMIT", "AND", "OR", "NOT", "BETWEEN", "LIKE", "ESCAPE", "EXISTS", "ARRAY",
    "TRUE", "FALSE", "NULL", "UNDEFINED",
))
# fmt: on
_DIRECTIONS: Final = frozenset({"ASC", "DESC"})
_ESCAPED: Final = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_ESCAPES: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


def _unescape(match: re.Match[str]) -> str:
    code = match[1]
    return chr(int(code[1:], 16)) if len(code) > 1 else _ESCAPES.get(code, code)


def _text(token: str) -> str:
    return _ESCAPED.sub(_unescape, token[1:-1])


def _number(token: str) -> syntax.Literal:
    if token[:2].lower() == "0x":
        return syntax.Literal(int(token, 16))
    return syntax.Literal(int(token) if token.isdigit() and len(token) < 19 else float(token))


def _alias_of(expression: syntax.Expression, otherwise: str) -> str:
    match expression:
        case syntax.Name(name):
            return name
        case syntax.Index(_, syntax.Literal(str(key))):
            return key
        case _:
            return otherwise


@v_args(inline=True)
class _Build(Transformer[Token, Any]):
    """Builds the syntax tree while the parser reduces."""

    def query(self, *parts: Any) -> syntax.Query:
        fields: dict[str, Any] = {}
        for part in parts:
            fields |= part
        return syntax.Query(**fields)

    def condition(self, alias: Token, where: syntax.Expression) -> syntax.Condition:
        return syntax.Condition(str(alias), where)

    def select_clause(self, *parts: Any) -> dict[str, Any]:
        *options, selection = parts
        return {"selection": selection} | dict(options)

    def distinct(self) -> tuple[str, bool]:
        return "distinct", True

    def top(self, count: syntax.Expression) -> tuple[str, syntax.Expression]:
        return "top", count

    def select_all(self) -> syntax.SelectAll:
        return syntax.SelectAll()

    select_value = syntax.SelectValue

    def select_list(self, *items: tuple[str | None, syntax.Expression]) -> syntax.SelectList:
        # The service names columns without a name of their own $1, $2, ...
        unnamed = 0
        named = []
        for alias, expression in items:
            name = alias or _alias_of(expression, "")
            if not name:
                unnamed += 1
                name = f"${unnamed}"
            named.append((name, expression))
        return syntax.SelectList(tuple(named))

    def select_item(
        self, expression: syntax.Expression, alias: Token | None = None
    ) -> tuple[str | None, syntax.Expression]:
        return (str(alias) if alias else None, expression)

    def from_clause(self, *sources: syntax.Source) -> dict[str, Any]:
        return {"sources": sources}

    def from_path(self, path: syntax.Expression, alias: Token | None = None) -> syntax.Source:
        return syntax.Source(str(alias) if alias else _alias_of(path, "$1"), path, iterate=False)

    def from_array(self, alias: Token, path: syntax.Expression) -> syntax.Source:
        return syntax.Source(str(alias), path, iterate=True)

    def from_subquery(self, query: syntax.Query, alias: Token | None = None) -> syntax.Source:
        return syntax.Source(str(alias) if alias else "$1", query, iterate=True)

    def from_subquery_array(self, alias: Token, query: syntax.Query) -> syntax.Source:
        items = syntax.Subquery("scalar", query)
        return syntax.Source(str(alias), items, iterate=True)

    def where(self, expression: syntax.Expression) -> dict[str, Any]:
        return {"where": expression}

    def group_by(self, *expressions: syntax.Expression) -> dict[str, Any]:
        return {"group_by": expressions}

    def order_by(self, *items: syntax.Order) -> dict[str, Any]:
        return {"order_by": items}

    def order_item(
        self, expression: syntax.Expression, direction: Token | None = None
    ) -> syntax.Order:
        order = syntax.Order(expression, direction is not None and direction.type == "DESC")
        if direction and order.is_vector_search:
            raise SqlError(
                "SC2205: Specifying a sorting order (ASC or DESC) with VectorDistance function is "
                "not supported."
            )
        return order

    def rank_by(
        self, rank: Token, score: syntax.Expression, direction: Token | None = None
    ) -> dict[str, Any]:
        # RANK is no keyword: a property may have that name.
        if rank.upper() != "RANK":
            raise _syntax_error(str(rank), rank.start_pos or 0)
        if direction:
            raise SqlError(
                "SC2240: Specifying a sort order (ASC or DESC) in the ORDER BY RANK clause is not "
                "allowed."
            )
        return {"rank": score}

    def paging(self, offset: syntax.Expression, limit: syntax.Expression) -> dict[str, Any]:
        return {"offset": offset, "limit": limit}

    ternary = syntax.Ternary

    def coalesce(self, left: syntax.Expression, right: syntax.Expression) -> syntax.Binary:
        return syntax.Binary("??", left, right)

    def any_of(self, *operands: syntax.Expression) -> syntax.Chain:
        return syntax.Chain("OR", operands)

    def all_of(self, *operands: syntax.Expression) -> syntax.Chain:
        return syntax.Chain("AND", operands)

    def negate(self, operand: syntax.Expression) -> syntax.Unary:
        return syntax.Unary("NOT", operand)

    def binary(
        self, left: syntax.Expression, operator: Token, right: syntax.Expression
    ) -> syntax.Binary:
        return syntax.Binary(str(operator), left, right)

    def unary(self, operator: Token, operand: syntax.Expression) -> syntax.Expression:
        return syntax.Unary(str(operator), operand)

    def is_in(self, value: syntax.Expression, *options: syntax.Expression) -> syntax.In:
        return syntax.In(value, options)

    def is_not_in(self, value: syntax.Expression, *options: syntax.Expression) -> syntax.Unary:
        return self.negate(syntax.In(value, options))

    between = syntax.Between

    def not_between(self, *operands: syntax.Expression) -> syntax.Unary:
        return self.negate(syntax.Between(*operands))

    def like(
        self, value: syntax.Expression, pattern: syntax.Expression, escape: Token | None = None
    ) -> syntax.Like:
        return syntax.Like(value, pattern, _text(escape) if escape else None)

    def not_like(self, *operands: Any) -> syntax.Unary:
        return self.negate(self.like(*operands))

    def name(self, name: Token) -> syntax.Name:
        return syntax.Name(str(name))

    def member(self, of: syntax.Expression, name: Token) -> syntax.Index:
        return syntax.Index(of, syntax.Literal(str(name)))

    index = syntax.Index

    def call(self, name: Token, *arguments: syntax.Expression) -> syntax.Call:
        return syntax.Call(name.upper(), arguments)

    def scalar_subquery(self, query: syntax.Query) -> syntax.Subquery:
        return syntax.Subquery("scalar", query)

    def exists(self, query: syntax.Query) -> syntax.Subquery:
        return syntax.Subquery("exists", query)

    def array_subquery(self, query: syntax.Query) -> syntax.Subquery:
        return syntax.Subquery("array", query)

    def array(self, *items: syntax.Expression) -> syntax.ArrayOf:
        return syntax.ArrayOf(items)

    def object(self, *pairs: tuple[str, syntax.Expression]) -> syntax.ObjectOf:
        return syntax.ObjectOf(pairs)

    def pair(self, key: Token, value: syntax.Expression) -> tuple[str, syntax.Expression]:
        return (_text(key) if key.type == "STRING" else str(key), value)

    def number(self, token: Token) -> syntax.Literal:
        return _number(str(token))

    def string(self, token: Token) -> syntax.Literal:
        return syntax.Literal(_text(token))

    def parameter(self, token: Token) -> syntax.Parameter:
        return syntax.Parameter(str(token))

    def true(self) -> syntax.Literal:
        return syntax.Literal(value=True)

    def false(self) -> syntax.Literal:
        return syntax.Literal(value=False)

    def null(self) -> syntax.Literal:
        return syntax.Literal(None)

    def undefined(self) -> syntax.Literal:
        return syntax.Literal(UNDEFINED)


def is_reserved(word: str) -> bool:
    """Whether *word* is a keyword, which no name can be."""
    return word.upper() in _KEYWORDS | _DIRECTIONS


def _keyword(token: Token) -> Token:
    upper = token.upper()
    if upper in _KEYWORDS:
        return token.update(type=f"_{upper}")
    return token.update(type=upper) if upper in _DIRECTIONS else token


@lru_cache(maxsize=1)
def _parser() -> Lark:
    return Lark(
        Path(__file__).with_name("grammar.lark").read_text(encoding="utf-8"),
        start=["query", "condition"],
        parser="lalr",
        lexer="basic",
        transformer=_Build(),
        lexer_callbacks={"NAME": _keyword},
        maybe_placeholders=False,
    )


def _parse(text: str, start: str) -> Any:
    if len(text) > MAX_LENGTH:
        raise SqlError(f"The SQL query text exceeded the maximum limit of {MAX_LENGTH} characters.")
    try:
        return _parser().parse(text, start=start)
    except UnexpectedCharacters as error:
        at = error.pos_in_stream or 0
        raise _syntax_error(text[at], at) from None
    except UnexpectedToken as error:
        near, at = str(error.token), error.token.start_pos
        raise _syntax_error(near or "<EOF>", len(text) if not near or at is None else at) from None


def _syntax_error(near: str, position: int) -> SqlError:
    return SqlError(f"SC1001: Syntax error, incorrect syntax near '{near}' at position {position}.")


def parse_query(text: str) -> syntax.Query:
    """Parse a SELECT statement.

    Raises:
        SqlError: names what is wrong and where.
    """
    query: syntax.Query = _parse(text, "query")
    return query


def parse_condition(text: str) -> syntax.Condition:
    """Parse a patch condition, ``FROM alias WHERE expression``.

    Raises:
        SqlError: names what is wrong and where.
    """
    condition: syntax.Condition = _parse(text, "condition")
    return condition

"""Expressions of Bicep, read into functions of the names that they use.

The precedence is that of the language: member access binds tightest, then unary, arithmetic,
comparison, equality, ``&&``, ``||``, ``??`` and the ternary. A construct or a function that is not
known here is an error, never a guess.
"""

from collections.abc import Callable, Mapping
from typing import Any

from tests.infra.bicep.functions import FUNCTIONS, member, text_of
from tests.infra.bicep.tokens import BicepError, Token

Names = Mapping[str, Any]
Expression = Callable[[Names], Any]

_BINARY: tuple[dict[str, Callable[[Any, Any], Any]], ...] = (
    {"==": lambda a, b: a == b, "!=": lambda a, b: a != b},
    {
        "<": lambda a, b: a < b,
        ">": lambda a, b: a > b,
        "<=": lambda a, b: a <= b,
        ">=": lambda a, b: a >= b,
    },
    {"+": lambda a, b: a + b, "-": lambda a, b: a - b},
    {"*": lambda a, b: a * b, "/": lambda a, b: a // b, "%": lambda a, b: a % b},
)
_LITERALS = {"true": True, "false": False, "null": None}


class Reader:
    """Reads one list of tokens from front to back."""

    def __init__(self, tokens: list[Token], what: str) -> None:
        self._tokens = tokens
        self._at = 0
        self._what = what

    # -- tokens

    @property
    def now(self) -> Token:
        """The token that is read next."""
        return self._tokens[self._at]

    def ahead(self, steps: int = 1) -> Token:
        """The token after that."""
        return self._tokens[min(self._at + steps, len(self._tokens) - 1)]

    def take(self, text: str | None = None, kind: str | None = None) -> Token:
        """The next token, which has to be this one."""
        token = self.now
        if (text is not None and token.text != text) or (kind and token.kind != kind):
            raise BicepError(f"{self._what}: {text or kind} expected, not {token.text!r}")
        self._at += 1
        return token

    def took(self, *texts: str) -> str:
        """The text of the next token if it is a mark among *texts*; nothing otherwise."""
        if self.now.kind == "mark" and self.now.text in texts:
            self._at += 1
            return self._tokens[self._at - 1].text
        return ""

    def skip_lines(self) -> None:
        """Go on to the next token that is no end of a line."""
        while self.now.kind == "line":
            self._at += 1

    # -- expressions, loosest first

    def expression(self) -> Expression:
        """One expression."""
        condition = self._coalesced()
        if not self._continues("?"):
            return condition
        self.skip_lines()
        yes = self.expression()
        self._continues(":", required=True)
        self.skip_lines()
        no = self.expression()
        return lambda names: yes(names) if _bool(condition(names)) else no(names)

    def _continues(self, mark: str, *, required: bool = False) -> bool:
        # A ternary may go on in the next line.
        start = self._at
        self.skip_lines()
        if self.took(mark):
            return True
        if required:
            raise BicepError(f"{self._what}: {mark} expected, not {self.now.text!r}")
        self._at = start
        return False

    def _coalesced(self) -> Expression:
        left = self._either()
        while self.took("??"):
            self.skip_lines()
            first, right = left, self._either()
            left = _coalesce(first, right)
        return left

    def _either(self) -> Expression:
        left = self._both()
        while self.took("||"):
            self.skip_lines()
            left = _or(left, self._both())
        return left

    def _both(self) -> Expression:
        left = self._binary(0)
        while self.took("&&"):
            self.skip_lines()
            left = _and(left, self._binary(0))
        return left

    def _binary(self, level: int) -> Expression:
        if level == len(_BINARY):
            return self._unary()
        left = self._binary(level + 1)
        while mark := self.took(*_BINARY[level]):
            self.skip_lines()
            left = _apply(_BINARY[level][mark], left, self._binary(level + 1))
        return left

    def _unary(self) -> Expression:
        if self.took("!"):
            inner = self._unary()
            return lambda names: not _bool(inner(names))
        if self.took("-"):
            inner = self._unary()
            return lambda names: -inner(names)
        return self._postfix()

    def _postfix(self) -> Expression:
        value = self._primary()
        while mark := self.took(".", ".?", "::", "[", "!"):
            if mark == "!":
                continue
            if mark == "[":
                index = self.expression()
                self.take("]")
                value = _get(value, index, optional=False)
            else:
                name = self.take(kind="name").text
                if self.now.text == "(" and self.now.kind == "mark":
                    raise BicepError(f"{self._what}: methods are not known here: {name}")
                value = _get(value, _constant(name), optional=mark == ".?")
        return value

    def _primary(self) -> Expression:
        token = self.now
        if token.kind == "string":
            return self._string(self.take())
        if token.kind == "number":
            return _constant(int(self.take().text))
        if token.text == "[":
            return self._array()
        if token.text == "{":
            return self.object({})
        if token.text == "(":
            return self._lambda() if self._is_lambda() else self._parenthesized()
        return self._named()

    def _parenthesized(self) -> Expression:
        self.take("(")
        self.skip_lines()
        inner = self.expression()
        self.skip_lines()
        self.take(")")
        return inner

    def _named(self) -> Expression:
        if self.ahead().text == "=>":
            return self._lambda()
        name = self.take(kind="name").text
        if name in _LITERALS:
            return _constant(_LITERALS[name])
        if self.now.text == "(" and self.now.kind == "mark":
            arguments = self.arguments()
            return _call(name, arguments, self._what)
        return lambda names: _look_up(names, name)

    def arguments(self) -> list[Expression]:
        """What stands in the parentheses of a call."""
        found = []
        self.take("(")
        self.skip_lines()
        while not self.took(")"):
            found.append(self.expression())
            self.skip_lines()
            self.took(",")
            self.skip_lines()
        return found

    def _is_lambda(self) -> bool:
        steps = 1
        while self.ahead(steps).text != ")":
            if self.ahead(steps).kind != "name" and self.ahead(steps).text != ",":
                return False
            steps += 1
        return self.ahead(steps + 1).text == "=>"

    def _lambda(self) -> Expression:
        parameters = self.name_list()
        self.take("=>")
        self.skip_lines()
        body = self.expression()
        return lambda names: lambda *values: body(names_with(names, parameters, *values))

    def name_list(self) -> list[str]:
        """``name`` or ``(name, name)``."""
        if not self.took("("):
            return [self.take(kind="name").text]
        names = []
        while not self.took(")"):
            names.append(self.take(kind="name").text)
            self.took(",")
        return names

    def _string(self, token: Token) -> Expression:
        parts: list[str | Expression] = [
            part if isinstance(part, str) else Reader(part, self._what).expression()
            for part in token.parts
        ]
        return lambda names: "".join(
            part if isinstance(part, str) else text_of(part(names)) for part in parts
        )

    def _array(self) -> Expression:
        self.take("[")
        self.skip_lines()
        if self.now.text == "for":
            return self.loop()
        items = []
        while not self.took("]"):
            items.append(self.expression())
            self.took(",")
            self.skip_lines()
        return lambda names: [item(names) for item in items]

    def loop(self) -> Expression:
        """``for x in xs: y]`` and ``for (x, i) in xs: y]``."""
        self.take("for")
        variables = self.name_list()
        self.take("in")
        several = self.expression()
        self.take(":")
        each = self.expression()
        self.skip_lines()
        self.take("]")
        return lambda names: [
            each(names_with(names, variables, value, index))
            for index, value in enumerate(several(names))
        ]

    def object(self, nested: dict[str, Any]) -> Expression:
        """An object; a resource inside of it goes to *nested*, read by ``self.inner``."""
        self.take("{")
        self.skip_lines()
        pairs: list[tuple[Expression, Expression]] = []
        while not self.took("}"):
            if self.now.text == "resource" and self.ahead().kind == "name":
                name, declared = self.inner()
                nested[name] = declared
            else:
                pairs.append((self._key(), self._value()))
            self.took(",")
            self.skip_lines()
        return lambda names: {key(names): value(names) for key, value in pairs}

    def inner(self) -> tuple[str, Any]:
        """A resource inside of a resource; only a reader of declarations knows those."""
        raise BicepError(f"{self._what}: a resource inside of an expression")

    def _key(self) -> Expression:
        token = self.take()
        if token.kind == "string":
            return self._string(token)
        return _constant(token.text)

    def _value(self) -> Expression:
        self.take(":")
        return self.expression()


def names_with(names: Names, variables: list[str], *values: Any) -> Names:
    """*names* and the variables of a lambda or a loop, of which the last may be left out."""
    return {**names, **dict(zip(variables, values, strict=False))}


def _constant(value: Any) -> Expression:
    return lambda _: value


def _bool(value: Any) -> bool:
    if not isinstance(value, bool):
        raise BicepError(f"{value!r} is no condition")
    return value


def _look_up(names: Names, name: str) -> Any:
    if name not in names:
        raise BicepError(f"there is no {name}")
    value = names[name]
    return value.value if isinstance(value, Later) else value


class Later:
    """A value that is worked out when it is first asked for."""

    def __init__(self, work_out: Callable[[], Any]) -> None:
        self._work_out = work_out
        self._done: list[Any] = []

    @property
    def value(self) -> Any:
        """Always the same."""
        if not self._done:
            self._done.append(self._work_out())
        return self._done[0]


def _get(value: Expression, key: Expression, *, optional: bool) -> Expression:
    return lambda names: member(value(names), key(names), optional=optional)


def _coalesce(left: Expression, right: Expression) -> Expression:
    def evaluate(names: Names) -> Any:
        value = left(names)
        return right(names) if value is None else value

    return evaluate


def _or(left: Expression, right: Expression) -> Expression:
    return lambda names: _bool(left(names)) or _bool(right(names))


def _and(left: Expression, right: Expression) -> Expression:
    return lambda names: _bool(left(names)) and _bool(right(names))


def _apply(how: Callable[[Any, Any], Any], left: Expression, right: Expression) -> Expression:
    return lambda names: how(left(names), right(names))


def _call(name: str, arguments: list[Expression], what: str) -> Expression:
    def evaluate(names: Names) -> Any:
        own = names.get(f"{name}()")
        if own is not None:
            return own(*(argument(names) for argument in arguments))
        if name not in FUNCTIONS:
            raise BicepError(f"{what}: the function {name} is not known here")
        return FUNCTIONS[name](names, *(argument(names) for argument in arguments))

    return evaluate

"""What an expression is known to be, as far as a reader of the source can tell."""

from dataclasses import dataclass

from determinism.source import Class, Function, Module


@dataclass(frozen=True, slots=True)
class External:
    """Something outside the project; ``()`` in its *name* stands for what a call returns."""

    name: str


@dataclass(frozen=True, slots=True)
class Instance:
    """An object of a class of the project."""

    of: Class


@dataclass(frozen=True, slots=True)
class Method:
    """A function of the project, bound to an object of *of* or of its subclass."""

    function: Function
    of: Class


@dataclass(frozen=True, slots=True)
class Context:
    """The orchestration context, or its member named *member*."""

    member: str = ""


@dataclass(frozen=True, slots=True)
class SetOf:
    """A set, or its method named *member*."""

    member: str = ""


Value = External | Instance | Method | Context | SetOf | Function | Class | Module | None

SET = SetOf()
CONTEXT = Context()

"""What a Bicep template would deploy, told without Azure and without the compiler.

No package of PyPI or npm holds the compiler of Bicep; CI runs it. This evaluates the same
expressions with the values of a deployment, so that tests can ask which resources there are, and
with which properties. What only Azure knows stays a ``Runtime``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tests.infra.bicep.declarations import Declared, Parameter, Template, read
from tests.infra.bicep.expressions import Later, names_with
from tests.infra.bicep.functions import SUBSCRIPTION, Runtime
from tests.infra.bicep.tokens import BicepError

_AT_SUBSCRIPTION = {"Microsoft.Resources/resourceGroups"}


@dataclass(slots=True)
class Resource:
    """A resource with its full type, name and id; ``body`` is what stands in the template."""

    type: str
    version: str
    name: str
    id: str
    existing: bool
    body: Mapping[str, Any]
    skips: Mapping[str, str]
    at: str
    children: Mapping[str, "Resource"]

    @property
    def properties(self) -> Mapping[str, Any]:
        """Empty when there are none."""
        properties: Mapping[str, Any] = self.body.get("properties", {})
        return properties

    @property
    def symbol(self) -> str:
        """Type and name."""
        return f"{self.type} {self.name}"

    def member(self, key: str) -> Any:
        """What the template may ask of it: only some of it is known before it is deployed."""
        if key in self.children:
            return self.children[key]
        if key in ("id", "name", "type"):
            return getattr(self, key)
        return Runtime(f"<{self.type} {self.name}>.{key}")


class Deployment:
    """A template with values for its parameters."""

    def __init__(
        self, path: Path, parameters: Mapping[str, Any], group: Mapping[str, str] | None = None
    ) -> None:
        self._template = read(path.resolve())
        self._group = group
        self._deployed: dict[str, Any] = {}
        self.names: dict[str, Any] = {"#folder": path.resolve().parent, "#group": group}
        self._add_functions(self._template)
        self._add_parameters(parameters)
        for name, expression in self._template.variables.items():
            self.names[name] = Later(partial(expression, self.names))
        for name, declared in self._template.declared.items():
            self.names[name] = Later(partial(self._deploy, declared, self.names))

    def _add_functions(self, template: Template) -> None:
        for name, file in template.imports.items():
            parameters, body = read((template.path.parent / file).resolve()).functions[name]
            names = {"#folder": template.path.parent}
            self.names[f"{name}()"] = lambda *values, p=parameters, b=body, n=names: b(
                {**n, **dict(zip(p, values, strict=True))}
            )

    def _add_parameters(self, given: Mapping[str, Any]) -> None:
        path, known = self._template.path.name, self._template.parameters
        if unknown := set(given) - set(known):
            raise BicepError(f"{path} has no parameter {sorted(unknown)}")
        for name, parameter in known.items():
            if name in given:
                _check(f"{path}: {name}", given[name], parameter, self.names)
                self.names[name] = given[name]
            elif parameter.default is not None:
                self.names[name] = Later(partial(parameter.default, self.names))
            else:
                raise BicepError(f"{path} needs the parameter {name}")

    def value(self, name: str) -> Any:
        """Of a parameter, a variable or a declaration."""
        found = self.names[name]
        return found.value if isinstance(found, Later) else found

    def output(self, name: str) -> Any:
        """Of the template."""
        if name not in self._template.outputs:
            raise BicepError(f"{self._template.path.name} has no output {name}")
        return self._template.outputs[name](self.names)

    def outputs(self) -> dict[str, Any]:
        """All of them."""
        return {name: self.output(name) for name in self._template.outputs}

    def member(self, key: str) -> Any:
        """``module.outputs`` and, below it, an output."""
        if key == "outputs":
            return _Outputs(self)
        raise BicepError(f"a module has no {key}")

    def resources(self) -> Iterator[Resource]:
        """Everything that is deployed, modules included; what exists already is left out."""
        for name in self._template.declared:
            value = self.value(name)
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, Deployment):
                    yield from each.resources()
                    each.outputs()
                elif isinstance(each, Resource) and not each.existing:
                    yield each

    def _deploy(self, declared: Declared, names: Mapping[str, Any]) -> Any:
        if declared.loop is None:
            return self._deploy_one(declared, names)
        variables, several = declared.loop
        return [
            self._deploy_one(declared, names_with(names, variables, item, index))
            for index, item in enumerate(several(names))
        ]

    def _deploy_one(self, declared: Declared, names: Mapping[str, Any]) -> Any:
        if declared.condition and not declared.condition(names):
            return _Absent(declared.at)
        if declared.kind == "module":
            return self._module(declared, declared.body(names))
        return self._resource(declared, names, parent=None)

    def _module(self, declared: Declared, body: Mapping[str, Any]) -> "Deployment":
        group = self._group
        if "scope" in body:
            group = {"id": body["scope"].id, "name": body["scope"].name}
        path = self._template.path.parent / declared.what
        return Deployment(path, body.get("params", {}), group)

    def _resource(
        self, declared: Declared, names: Mapping[str, Any], parent: Resource | None
    ) -> Resource:
        body = declared.body(names)
        kind, _, version = declared.what.partition("@")
        parent = body.get("parent", parent)
        if parent:
            full = kind if "@" in declared.what else f"{parent.type}/{kind}"
            name, version = f"{parent.name}/{body['name']}", version or parent.version
        else:
            full, name = kind, body["name"]
        resource = Resource(
            full, version, name, self._id(full, name, body.get("scope")), declared.existing,
            body, declared.skips, declared.at, {},
        )  # fmt: skip
        resource.children = {
            symbol: self._resource(child, names, resource)
            for symbol, child in declared.children.items()
        }
        return resource

    def _id(self, kind: str, name: str, scope: Any) -> str:
        namespace, *types = kind.split("/")
        path = "/".join(
            f"{type_}/{part}" for type_, part in zip(types, name.split("/"), strict=True)
        )
        if kind in _AT_SUBSCRIPTION:
            return f"{SUBSCRIPTION}/{path}"
        home = scope.id if scope else (self._group or {"id": SUBSCRIPTION})["id"]
        return f"{home}/providers/{namespace}/{path}"


@dataclass(frozen=True, slots=True)
class _Outputs:
    of: Deployment

    def member(self, key: str) -> Any:
        return self.of.output(key)


@dataclass(frozen=True, slots=True)
class _Absent:
    """What a condition left out; whoever asks it for something would fail to deploy."""

    at: str

    def member(self, key: str) -> Any:
        raise BicepError(f"{key} of {self.at}, which is not deployed")


def _check(what: str, value: Any, parameter: Parameter, names: Mapping[str, Any]) -> None:
    demands = {
        name: arguments[0](names) for name, arguments in parameter.decorators.items() if arguments
    }
    refused = (
        ("allowed" in demands and value not in demands["allowed"])
        or ("minValue" in demands and value < demands["minValue"])
        or ("maxValue" in demands and value > demands["maxValue"])
        or ("minLength" in demands and len(value) < demands["minLength"])
        or ("maxLength" in demands and len(value) > demands["maxLength"])
    )
    if refused:
        raise BicepError(f"{what} cannot be {value!r}")

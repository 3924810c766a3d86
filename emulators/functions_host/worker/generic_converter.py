"""The worker's "generic" binding: what a parameter annotated ``str`` or ``bytes`` goes through.

Source: ``azure_functions_worker/bindings/generic.py``, which is not part of the SDK.
"""

from typing import Any

from azure.functions.meta import Datum


class GenericConverter:
    """Hands text and bytes over as they are; JSON stays text."""

    @staticmethod
    def has_trigger_support() -> bool:
        """The worker passes no trigger metadata to a generic parameter."""
        return False

    @staticmethod
    def check_input_type_annotation(pytype: type) -> bool:
        return issubclass(pytype, (str, bytes))

    @staticmethod
    def check_output_type_annotation(pytype: type) -> bool:
        return issubclass(pytype, (str, bytes, bytearray))

    @staticmethod
    def decode(data: Datum, *, trigger_metadata: Any) -> Any:  # noqa: ARG004  # as all converters
        """The value of *data*.

        Raises:
            ValueError: it is something structured, such as an HTTP request.
        """
        if data.type in ("string", "bytes", "json", None):
            return data.value
        raise ValueError(
            f'unexpected type of data received for the "generic" binding : {data.type!r}'
        )

    @staticmethod
    def encode(value: Any, *, expected_type: Any) -> Datum:  # noqa: ARG004  # as all converters
        """*value* as text or bytes.

        Raises:
            NotImplementedError: it is neither.
        """
        if isinstance(value, str):
            return Datum(value, "string")
        if isinstance(value, (bytes, bytearray)):
            return Datum(bytes(value), "bytes")
        raise NotImplementedError

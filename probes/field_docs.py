"""What is written below a field of a form, for JSON Schemas and pages made from the code.

pydantic can take these texts up itself, but then reads the sources of every form at every start of the program: a fifth
of the time that importing it takes.
"""

import ast
import inspect
import textwrap
from collections.abc import Mapping
from itertools import pairwise

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema


class DescribedSchema(GenerateJsonSchema):
    """JSON Schemas whose properties are described by the texts below their fields."""

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        """Return the schema of one form."""
        made = super().model_schema(schema)
        form: type[BaseModel] = schema["cls"]
        for name, text in field_docs(form).items():
            described = made.get("properties", {}).get(form.model_fields[name].alias or name)
            if described is not None:
                described["description"] = text
        return made


def field_docs(form: type[BaseModel]) -> Mapping[str, str]:
    """Return field -> the text below it, of a form and the forms it extends."""
    found: dict[str, str] = {}
    for each in reversed(form.__mro__):
        if issubclass(each, BaseModel) and each is not BaseModel:
            found |= _own_docs(each)
    return {name: text for name, text in found.items() if name in form.model_fields}


def _own_docs(form: type[BaseModel]) -> Mapping[str, str]:
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(form))).body
    body = definition.body if isinstance(definition, ast.ClassDef) else []
    found = {}
    for field, below in pairwise(body):
        match field, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                found[name] = inspect.cleandoc(text)
    return found

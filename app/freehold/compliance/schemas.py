"""JSON Schema of the rule, pack and framework files, by which editors complete and check them."""

import json
from typing import Any

from pydantic import AliasChoices

from freehold.compliance.rule import FrameworkMap, Model, PackHead, Rule
from freehold.estate.dictionary import views

_FILES: dict[str, type[Model]] = {
    "rule.schema.json": Rule,
    "pack.schema.json": PackHead,
    "framework.schema.json": FrameworkMap,
}
_DRAFT = "https://json-schema.org/draft/2020-12/schema"


def texts() -> dict[str, str]:
    """Return the schemas as JSON text by file name."""
    return {
        name: json.dumps(_schema(model), indent=2, ensure_ascii=False) + "\n"
        for name, model in _FILES.items()
    }


def _schema(model: type[Model]) -> dict[str, Any]:
    schema = {"$schema": _DRAFT, **model.model_json_schema(by_alias=False)}
    for name, field in model.model_fields.items():
        # Both spellings of a key are taken, such as version and semver.
        if isinstance(field.validation_alias, AliasChoices):
            for spelling in map(str, field.validation_alias.choices):
                schema["properties"][spelling] = schema["properties"][name]
    if model is Rule:
        _name_views(schema)
    return schema


def _name_views(schema: dict[str, Any]) -> None:
    """Let editors offer the views, each told in words."""
    offered = [{"const": view.name, "description": view.doc} for view in views().values()]
    for name in ("subject", "per"):
        schema["properties"][name] = {
            "anyOf": [*offered, *([{"type": "null"}] if name == "per" else [])],
            "title": name.capitalize(),
            "description": f"a published view; see: freehold rules columns ({name})",
        }
